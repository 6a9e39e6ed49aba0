"""Pages of the second step: enrolling an authenticator app, recovery codes, switching it off."""

from __future__ import annotations

from flask import Response, request, session, url_for

from core.api import SIGNED_IN, Fault, allow, respond, see_other, transaction
from plugins.accounts import account, messages, onetime, outbox
from plugins.accounts import throttle as limits
from plugins.accounts.pages import bp, me, too_often
from plugins.accounts.rules import fault
from plugins.accounts.tables import User

_PENDING = "accounts-totp"
"""The secret that is being enrolled: encrypted, and not in force until a code proved it."""


@bp.get("/security")
@allow(SIGNED_IN)
def security() -> Response:
    return _overview(200, [])


def _overview(status: int, faults: list[Fault], codes: list[str] | None = None) -> Response:
    user = me()
    return respond("accounts/security.html", "mine", status, user=user, left=onetime.codes_left(user),
                   faults=faults, codes=codes or [], done=request.args.get("done"))  # fmt: skip


@bp.get("/security/totp")
@allow(SIGNED_IN)
def enrol() -> Response:
    if me().totp:
        return see_other(url_for("accounts.security"))
    session.setdefault(_PENDING, onetime.new_secret())
    return _offer(200, [])


@bp.post("/security/totp")
@allow(SIGNED_IN)
def enrol_now() -> Response:
    user, secret = me(), session.get(_PENDING, "")
    if user.totp or not secret:
        return see_other(url_for("accounts.security"))
    faults = account.password_faults(user, request.form.get("current", ""))
    if not faults and not onetime.is_code(user, request.form.get("code", ""), secret):
        faults = [fault("ACCOUNTS-TOTP-01", "code")]
    if faults:
        return _offer(422, faults)
    codes = onetime.enrol(user, secret)
    session.pop(_PENDING)
    outbox.post(user.email, messages.second_step(user.name, True))
    return _overview(200, [], codes)


def _offer(status: int, faults: list[Fault]) -> Response:
    user, secret = me(), session[_PENDING]
    return respond("accounts/totp.html", "mine", status, picture=onetime.picture(user.email, secret),
                   key=onetime.key_of(secret), faults=faults)  # fmt: skip


@bp.post("/security/codes")
@allow(SIGNED_IN)
def renew_codes() -> Response:
    user = me()
    if not user.totp:
        return see_other(url_for("accounts.security"))
    faults = account.password_faults(user, request.form.get("current", ""))
    if faults:
        return _overview(422, faults)
    return _overview(200, [], onetime.renew_codes(user))


@bp.post("/security/off")
@allow(SIGNED_IN)
def switch_off() -> Response:
    user = me()
    if not user.totp:
        return see_other(url_for("accounts.security"))
    faults = account.password_faults(user, request.form.get("current", "")) or _code_faults(user)
    if faults:
        return _overview(422, faults)
    with transaction():
        onetime.switch_off(user)
        outbox.post(user.email, messages.second_step(user.name, False))
    return see_other(url_for("accounts.security", done="off"))


def _code_faults(user: User) -> list[Fault]:
    guesses = [(limits.CODE, user.id)]
    if wait := limits.admit(guesses):
        return too_often(wait)
    code = request.form.get("code", "")
    if not onetime.is_code(user, code) and not onetime.take_recovery_code(user, code):
        return [fault("ACCOUNTS-TOTP-02", "code")]
    limits.forgive(guesses)
    return []
