"""What Flask-Security does for us: password hashes, links that prove a mailbox and expire, policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, has_app_context
from flask_security import RoleMixin, Security, UserDatastore
from flask_security.confirmable import confirm_email_token_status, generate_confirmation_token
from flask_security.recoverable import generate_reset_password_token, reset_password_token_status
from flask_security.utils import hash_password, verify_and_update_password
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from core.api import clock, house, transaction
from plugins.accounts.tables import User

_JOIN = "accounts-join"


class People(UserDatastore):
    """Flask-Security's way to our people. Roles are ours: they belong to a membership, not to a person."""

    def __init__(self) -> None:
        super().__init__(User, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> User | None:
        return User.get_or_none(**wanted)

    def put(self, model: User) -> User:
        with transaction():
            model.save()
        return model

    def commit(self) -> None:
        """Nothing is left open: each `put` is a transaction or part of one."""


class _Signer(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


def install(app: Flask) -> None:
    """Set Flask-Security up in an application, without pages of its own."""
    options = house().settings
    app.config["SECRET_KEY"] = house().secret("session.key").decode()
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2", SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        # What links are bound to. The default is slow on purpose, which would tell by the time of an
        # answer whether an address is known.
        SECURITY_HASHING_SCHEMES=["hex_sha256"], SECURITY_DEPRECATED_HASHING_SCHEMES=[],
        SECURITY_PASSWORD_SALT=house().secret("accounts.pepper").decode(),
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__memory_cost": options.number("accounts.argon2_kib"), "argon2__parallelism": 1,
            "argon2__time_cost": options.number("accounts.argon2_rounds"),
        },
        SECURITY_PASSWORD_LENGTH_MIN=options.number("accounts.password_length"),
        SECURITY_CONFIRM_EMAIL_WITHIN=timedelta(hours=options.number("accounts.confirm_hours")),
        SECURITY_RESET_PASSWORD_WITHIN=timedelta(minutes=options.number("accounts.reset_minutes")),
        SECURITY_CLI_USERS_NAME=None, SECURITY_CLI_ROLES_NAME=None, SECURITY_PASSWORD_SINGLE_HASH=[],
    )  # fmt: skip
    security = Security(app, People(), register_blueprint=False)
    # Flask-Security would look for a token of its own in the body of every request of a stranger, also while
    # the error page is drawn that says the body is unreadable. Who it is, our session alone says.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    for name in ("confirm", "reset"):
        setattr(security, f"{name}_serializer", _serializer(app, f"accounts-{name}"))


def _serializer(app: Flask, purpose: str) -> URLSafeTimedSerializer:
    # Each purpose has its own salt: a link of one kind opens nothing of another kind.
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt=purpose, signer=_Signer)


@contextmanager
def at_hand() -> Iterator[None]:
    """Flask-Security for the length of the block, also outside requests (the demo, the command line)."""
    if has_app_context() and "security" in current_app.extensions:
        yield
        return
    bench = Flask("accounts")
    install(bench)
    with bench.app_context():
        yield


def hashed(password: str) -> str:
    """The hash to keep of a password."""
    with at_hand():
        return hash_password(normal(password))


def normal(password: str) -> str:
    """A password in the one form its characters have."""
    return str(current_app.extensions["security"]._password_util.normalize(password))


def is_too_short(password: str) -> bool:
    """Whether Flask-Security's policy refuses the password."""
    messages, _ = current_app.extensions["security"]._password_util.validate(password, is_register=True)
    return bool(messages)


def matches(user: User | None, password: str) -> bool:
    """Whether this is the person's password; takes as long where there is no such person or password."""
    if user is None or not user.password:
        verify_and_update_password(normal(password), User(password=_nobody()))
        return False
    return bool(verify_and_update_password(normal(password), user))


def _nobody() -> str:
    kept: str | None = current_app.extensions.get("accounts-nobody")
    if kept is None:
        kept = current_app.extensions["accounts-nobody"] = hash_password("nobody's password")
    return kept


def confirmation_token(user: User) -> str:
    """What a link holds that proves the person's mailbox."""
    return str(generate_confirmation_token(user))  # type: ignore[no-untyped-call]


def confirmed_by(token: str) -> User | None:
    """Whose mailbox a token proves; None where it is forged, expired or replaced by a newer one."""
    expired, invalid, user = confirm_email_token_status(token)  # type: ignore[no-untyped-call]
    return None if expired or invalid else user


def reset_token(user: User) -> str:
    """What a link holds that lets a new password be set, once."""
    return str(generate_reset_password_token(user))  # type: ignore[no-untyped-call]


def reset_by(token: str) -> User | None:
    """Whose password a token lets be set; None where it is forged, expired or used."""
    expired, invalid, user = reset_password_token_status(token)  # type: ignore[no-untyped-call]
    return None if expired or invalid else user


def join_token(user: User) -> str:
    """What an invitation's link holds: registering by it proves the mailbox, too."""
    return str(_serializer(current_app, _JOIN).dumps(user.id))


def invited_by(token: str) -> User | None:
    """Who was invited by a link and has proved no mailbox yet; None where it is forged, expired or used."""
    days = house().settings.number("accounts.invitation_days")
    try:
        user = _serializer(current_app, _JOIN).loads(token, max_age=days * 86_400)
    except BadData:
        return None
    return User.get_or_none(User.id == user, User.confirmed_at == "")
