"""Signing in and out. The other pages hang on the same blueprint: `bp` is whole once this is imported."""

from __future__ import annotations

from flask import Response, request, url_for

from core.api import PUBLIC, Fault, allow, house, respond, see_other, visitor
from plugins.accounts import (
    account,
    members,
    onetime,
    outbox,
    recovery,
    registering,
    second_step,
    service,
    sessions,
)
from plugins.accounts import throttle as limits
from plugins.accounts.demo import log_ins
from plugins.accounts.pages import address, bp, own_path, too_often
from plugins.accounts.rules import fault
from plugins.accounts.tables import User

__all__ = ["account", "bp", "members", "recovery", "registering", "second_step"]


@bp.get("/sign-in")
@allow(PUBLIC)
def sign_in() -> Response:
    if visitor():
        return see_other(own_path(request.args.get("next", "/")))
    return _ask(200)


@bp.post("/sign-in")
@allow(PUBLIC)
def enter() -> Response:
    user, faults = service.sign_in(request.form.get("login", ""), request.form.get("password", ""), address())
    if user is None:
        return _ask(422, faults)
    stay, onward = bool(request.form.get("stay")), own_path(request.form.get("next", "/"))
    if user.totp:
        sessions.begin_half(user, stay=stay, onward=onward)
        return see_other(url_for("accounts.second"))
    return _let_in(user, stay, onward)


def _ask(status: int, faults: list[Fault] | None = None) -> Response:
    return respond(
        "accounts/sign_in.html", "form", status, faults=faults or [], login=request.form.get("login", ""),
        stay=request.form.get("stay", ""), next=own_path(request.values.get("next", "/")),
        demo_log_ins=log_ins() if house().demo else [], sends=outbox.sends(),
    )  # fmt: skip


def _let_in(user: User, stay: bool, onward: str, via: str = "password") -> Response:
    sessions.begin(user, stay=stay, via=via)
    return see_other(url_for("accounts.arrive", next=onward))


@bp.get("/second-step")
@allow(PUBLIC)
def second() -> Response:
    if sessions.half() is None:
        return see_other(url_for("accounts.sign_in"))
    return respond("accounts/second.html", "form", faults=[])


@bp.post("/second-step")
@allow(PUBLIC)
def pass_second() -> Response:
    half = sessions.half()
    if half is None:
        return see_other(url_for("accounts.sign_in"))
    user, stay, onward = half
    guesses = [(limits.CODE, user.id), (limits.ADDRESS, address())]
    wait, code = limits.admit(guesses), request.form.get("code", "")
    if wait:
        return respond("accounts/second.html", "form", 422, faults=too_often(wait))
    if not onetime.is_code(user, code) and not onetime.take_recovery_code(user, code):
        found = fault("ACCOUNTS-SIGNIN-04", "code")
        return respond("accounts/second.html", "form", 422, faults=[found])
    limits.forgive(guesses)
    return _let_in(user, stay, onward, "authenticator")


@bp.get("/sign-out")
@allow(PUBLIC)
def ask_sign_out() -> Response:
    if visitor() is None:
        return see_other(url_for("accounts.sign_in"))
    return respond("accounts/sign_out.html", "content")


@bp.post("/sign-out")
@allow(PUBLIC)
def sign_out() -> Response:
    sessions.end()
    return see_other(url_for("accounts.sign_in"))


@bp.get("/mailbox")
@allow(PUBLIC)
def mailbox() -> Response:
    """The demo's mail, for everybody: it never leaves the machine. Outside the demo there is no such page."""
    account.require_demo()
    return respond("accounts/mailbox.html", "list", letters=outbox.letters())
