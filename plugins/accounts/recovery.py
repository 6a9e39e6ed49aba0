"""Pages for those who cannot get in: a new confirmation mail, a new password."""

from __future__ import annotations

from flask import Response, request, url_for

from core.api import PUBLIC, Fault, allow, house, respond, see_other
from plugins.accounts import credentials, identity, passwords, service
from plugins.accounts.pages import address, bp, too_often
from plugins.accounts.rules import fault
from plugins.accounts.tables import User


@bp.get("/forgot")
@allow(PUBLIC)
def forgot() -> Response:
    return _ask("forgot", 200)


@bp.post("/forgot")
@allow(PUBLIC)
def send_reset() -> Response:
    return _send("forgot")


@bp.get("/resend")
@allow(PUBLIC)
def resend() -> Response:
    return _ask("resend", 200)


@bp.post("/resend")
@allow(PUBLIC)
def send_again() -> Response:
    return _send("resend")


def _send(what: str) -> Response:
    """One answer, whether or not there is such an account: the mail says the rest."""
    email = request.form.get("email", "")
    if not identity.email_of(email):
        return _ask(
            what,
            422,
            [fault("ACCOUNTS-REGISTER-02", "email")],
        )
    wait = service.mail_wait(email, address())
    if wait:
        return _ask(what, 422, too_often(wait))
    (service.forgot if what == "forgot" else service.resend)(email)
    to = url_for(
        "accounts.check_mail", email=identity.email_of(email), reset="1" if what == "forgot" else None
    )
    return see_other(to)


def _ask(what: str, status: int, faults: list[Fault] | None = None) -> Response:
    email = request.values.get("email", "")
    return respond("accounts/forgot.html", "form", status, what=what, faults=faults or [], email=email)


@bp.get("/reset/<token>")
@allow(PUBLIC)
def reset(token: str) -> Response:
    user = credentials.reset_by(token)
    return _gone() if user is None else _ask_password(user, token, 200, [])


@bp.post("/reset/<token>")
@allow(PUBLIC)
def reset_now(token: str) -> Response:
    user = credentials.reset_by(token)
    if user is None:
        return _gone()
    password, again = request.form.get("password", ""), request.form.get("again", "")
    faults = passwords.faults(password, again, user.name, user.email, user.mobile)
    if faults:
        return _ask_password(user, token, 422, faults)
    if not service.set_password(user, password, proved=True):
        return _gone()
    return see_other(url_for("accounts.sign_in", done="reset"))


def _ask_password(user: User, token: str, status: int, faults: list[Fault]) -> Response:
    least = house().settings.number("accounts.password_length")
    return respond("accounts/reset.html", "form", status, user=user, token=token, faults=faults, least=least)


def _gone() -> Response:
    return respond("accounts/gone.html", "content", 410, what="reset")
