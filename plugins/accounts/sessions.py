"""Sign-ins: kept on the server, so that each can be seen and ended; a cookie alone opens nothing."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request, session
from flask_security.utils import login_user, logout_user

from core.api import Visitor, _, clock, errors, lazy, rng, rows, transaction
from plugins.accounts import identity
from plugins.accounts.tables import Session, User

SHORT_SECONDS, LONG_SECONDS = 12 * 3600, 30 * 86_400
"""Idle seconds after which a sign-in ends; the long one where the person asked to stay signed in."""

HALF_SECONDS = 300
"""How long the second step may wait for the first one."""

_KEY, _HALF = "accounts", "accounts-half"
_TOUCH_SECONDS = 60

_BROWSERS = (
    ("MicroMessenger", lazy("微信")), ("DingTalk", lazy("钉钉")), ("Edg", "Edge"), ("OPR", "Opera"),
    ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
"""Marks in the order in which they decide: the later ones are claimed by the earlier ones, too."""


def begin(user: User, *, stay: bool, via: str = "password") -> None:
    """Sign a person in, under a new name of the session: one set by somebody else is worth nothing."""
    _restart()
    login_user(user, remember=False, authn_via=[via])
    session[_KEY] = token = rng.token(32)
    session.permanent = stay
    now = clock.stamp()
    with transaction():
        Session.create(
            id=_digest(token), user=user.id, made_at=now, seen_at=now, address=request.remote_addr or "",
            lasts=LONG_SECONDS if stay else SHORT_SECONDS, agent=request.user_agent.string[:200],
        )  # fmt: skip


def end() -> None:
    """Sign the person at this browser out."""
    token = session.get(_KEY)
    if token:
        revoke(_digest(token))
    logout_user()
    _restart()


def _restart() -> None:
    kept = {name: session[name] for name in ("locale",) if name in session}
    session.clear()
    session.update(kept)


def visitor() -> Visitor | None:
    """Who signed in at this browser and may still be here."""
    token = session.get(_KEY)
    if not isinstance(token, str):
        return None
    name = _digest(token)
    found = rows(
        "SELECT s.seen_at, s.lasts, u.id, u.name, u.email FROM accounts_session s"
        " JOIN accounts_user u ON u.id = s.user WHERE s.id = ? AND u.active = 1", name,
    )  # fmt: skip
    if not found or identity.is_shut_out(found[0][4]):
        return None
    seen_at, lasts, user, called, _mail = found[0]
    idle = (clock.now() - datetime.fromisoformat(seen_at)).total_seconds()
    if idle > lasts:
        # Over by itself; the row goes once the disk takes it.
        with suppress(errors.Unavailable):
            revoke(name)
        return None
    if idle > _TOUCH_SECONDS:
        # Who only reads is not sent away because the disk takes nothing.
        with suppress(errors.Unavailable), transaction():
            Session.update(seen_at=clock.stamp()).where(Session.id == name).execute()
    return Visitor(user, called, session.get("company", ""), name)


def choose(company: str) -> None:
    """Act for this company from the next request on."""
    session["company"] = company


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in as its page shows it; `here` is the one that asks."""

    id: str
    device: str
    address: str
    made_at: str
    seen_at: str
    here: bool


def of(user: str, here: str) -> list[SignIn]:
    """A person's sign-ins, the one seen last first."""
    found = Session.select().where(Session.user == user).order_by(Session.seen_at.desc())
    return [
        SignIn(row.id, device(row.agent), row.address, row.made_at, row.seen_at, row.id == here)
        for row in found
    ]


def device(agent: str) -> str:
    """Browser and system as people call them, from what a browser says of itself."""
    words = [next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(_(word) for word in words if word) or _("未知设备")


def revoke(name: str, user: str = "") -> None:
    """End one sign-in; with `user`, only if it is that person's."""
    with transaction():
        mine = (Session.user == user) if user else True
        Session.delete().where((Session.id == name) & mine).execute()


def revoke_all(user: str, but: str = "") -> None:
    """End every sign-in of a person, `but` one."""
    with transaction():
        Session.delete().where((Session.user == user) & (Session.id != but)).execute()


def begin_half(user: User, *, stay: bool, onward: str) -> None:
    """Remember that the password was right, until the second step."""
    _restart()
    until = (clock.now() + timedelta(seconds=HALF_SECONDS)).isoformat()
    session[_HALF] = {
        "user": user.id,
        "stay": stay,
        "next": onward,
        "until": until,
        "state": user.fs_uniquifier,
    }


def half() -> tuple[User, bool, str] | None:
    """Who gave the right password just now, whether he wants to stay signed in, and where he was going."""
    kept = session.get(_HALF)
    if not kept or datetime.fromisoformat(kept["until"]) < clock.now():
        return None
    user = User.get_or_none(User.id == kept["user"], User.active == 1)
    # A password changed meanwhile makes the half worthless.
    return (user, kept["stay"], kept["next"]) if user and user.fs_uniquifier == kept["state"] else None


def sweep() -> None:
    """Remove sign-ins that ended by themselves."""
    oldest = (clock.now() - timedelta(seconds=LONG_SECONDS)).isoformat(timespec="milliseconds")
    with transaction():
        Session.delete().where(Session.seen_at < oldest).execute()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
