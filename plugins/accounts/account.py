"""Pages about oneself: particulars, password, sign-ins, and the companies one belongs to."""

from __future__ import annotations

from flask import Response, request, url_for

from core.api import (
    ROLES,
    SIGNED_IN,
    Fault,
    _,
    actor,
    actor_or_none,
    allow,
    errors,
    house,
    respond,
    see_other,
    taxpayer,
    transaction,
    visitor,
)
from plugins.accounts import identity, membership, passwords, service, sessions
from plugins.accounts.pages import bp, me, own_path, too_often
from plugins.accounts.rules import fault
from plugins.accounts.tables import User


@bp.get("/arrive")
@allow(SIGNED_IN)
def arrive() -> Response:
    """Where a sign-in leads: on to what was asked for, or to the companies of one who has none."""
    onward = own_path(request.args.get("next", "/"))
    return see_other(onward if actor_or_none() or onward != "/" else url_for("accounts.start"))


@bp.get("/me")
@allow(SIGNED_IN)
def show_me() -> Response:
    user = me()
    return _particulars(200, user, user.name, user.mobile.removeprefix("+86"), [])


@bp.post("/me")
@allow(SIGNED_IN)
def change_me() -> Response:
    user = me()
    name, mobile = (identity.plain(request.form.get(field, "")) for field in ("name", "mobile"))
    faults = [*service.name_faults(name), *service.mobile_faults(mobile)]
    if faults:
        return _particulars(422, user, name, mobile, faults)
    with transaction():
        User.update(name=name, mobile=identity.mobile_of(mobile)).where(User.id == user.id).execute()
    return see_other(url_for("accounts.show_me", done="1"))


def _particulars(status: int, user: User, name: str, mobile: str, faults: list[Fault]) -> Response:
    return respond("accounts/me.html", "form", status, user=user, name=name, mobile=mobile,
                   faults=faults, document=identity.DOCUMENTS.get(user.document_kind, ""),
                   done=request.args.get("done"))  # fmt: skip


@bp.get("/password")
@allow(SIGNED_IN)
def show_password() -> Response:
    return _password(200, [])


@bp.post("/password")
@allow(SIGNED_IN)
def change_password() -> Response:
    user, found = me(), visitor()
    new, again = request.form.get("password", ""), request.form.get("again", "")
    faults = password_faults(user, request.form.get("current", ""))
    faults = faults or passwords.faults(new, again, user.name, user.email, user.mobile)
    if faults:
        return _password(422, faults)
    service.set_password(user, new, keep=found.session if found else "")
    return see_other(url_for("accounts.show_password", done="1"))


def _password(status: int, faults: list[Fault]) -> Response:
    least = house().settings.number("accounts.password_length")
    return respond("accounts/password.html", "form", status, user=me(), faults=faults, least=least,
                   done=request.args.get("done"))  # fmt: skip


def password_faults(user: User, password: str) -> list[Fault]:
    """Ask for the password again before something grave."""
    right, wait = service.is_password(user, password)
    if wait:
        return too_often(wait)
    if right:
        return []
    return [fault("ACCOUNTS-PASSWORD-05", "current")]


@bp.get("/sessions")
@allow(SIGNED_IN)
def list_sessions() -> Response:
    found = visitor()
    shown = sessions.of(me().id, found.session if found else "")
    return respond("accounts/sessions.html", "list", sessions=shown)


@bp.post("/sessions/<name>/revoke")
@allow(SIGNED_IN)
def revoke_session(name: str) -> Response:
    sessions.revoke(name, me().id)
    return see_other(url_for("accounts.list_sessions"))


@bp.post("/sessions/revoke-all")
@allow(SIGNED_IN)
def revoke_sessions() -> Response:
    sessions.revoke_all(me().id)
    sessions.end()
    return see_other(url_for("accounts.sign_in", done="everywhere"))


@bp.get("/start")
@allow(SIGNED_IN)
def start() -> Response:
    user = me()
    found = actor_or_none()
    return respond(
        "accounts/start.html", "mine", user=user, invitations=membership.invitations(user.id),
        companies=membership.mine(user.id), current=found.company if found else "", roles=ROLES,
    )  # fmt: skip


@bp.post("/invitations/<company>")
@allow(SIGNED_IN)
def answer(company: str) -> Response:
    """Take or decline an invitation: `choose_actor` put this one request into that company's scope."""
    if actor().company != company:
        raise errors.NotFound("没有这份邀请")
    accept = request.form.get("answer") == "accept"
    membership.answer(me().id, accept, actor())
    if accept:
        sessions.choose(company)
    return see_other(url_for("shell.home") if accept else url_for("accounts.start"))


@bp.get("/companies/new")
@allow(SIGNED_IN)
def new_company() -> Response:
    return _found(200, {}, [])


@bp.post("/companies/new")
@allow(SIGNED_IN)
def found_company() -> Response:
    name, region = identity.plain(request.form.get("company", "")), request.form.get("region", "")
    tax_id = taxpayer.tidy(request.form.get("tax_id", "").strip())
    faults = service.company_faults(name, tax_id, region)
    if faults:
        return _found(422, {"company": name, "tax_id": tax_id, "region": region}, faults)
    sessions.choose(membership.found(me(), name, tax_id, region))
    return see_other(url_for("shell.home"))


def _found(status: int, values: dict[str, str], faults: list[Fault]) -> Response:
    regions = [("", _("请选择")), *((code, _(name)) for code, name in taxpayer.REGIONS.items())]
    return respond("accounts/found.html", "form", status, values=values, faults=faults, regions=regions)


def require_demo() -> None:
    """Refuse what only the demo has.

    :raise NotFound: this is no demo.
    """
    if not house().demo:
        raise errors.NotFound("没有找到")
