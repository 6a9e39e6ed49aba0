"""Pages of a company's members."""

from __future__ import annotations

from flask import Response, request, url_for

from core.api import ROLES, Fault, _, actor, allow, respond, see_other
from plugins.accounts import identity, membership, service
from plugins.accounts.pages import bp, too_often

ALLOWED = "accounts.members"


@bp.get("/members")
@allow(ALLOWED)
def list_members() -> Response:
    return _list(200, [])


@bp.post("/members/invite")
@allow(ALLOWED)
def invite() -> Response:
    email, role = request.form.get("email", ""), request.form.get("role", "")
    wait = service.mail_wait(email, f"user {actor().user}") if identity.email_of(email) else 0
    return _done(too_often(wait) if wait else membership.invite(email, role, actor()))


@bp.post("/members/<user>/remind")
@allow(ALLOWED)
def remind(user: str) -> Response:
    membership.require_invited(user)
    wait = service.mail_wait(user, f"user {actor().user}")
    if not wait:
        membership.remind(user, actor())
    return _done(too_often(wait) if wait else [])


@bp.post("/members/<user>/role")
@allow(ALLOWED)
def change_role(user: str) -> Response:
    return _done(membership.change(user, actor(), role=request.form.get("role", "") or "none"))


@bp.post("/members/<user>/suspend")
@allow(ALLOWED)
def suspend(user: str) -> Response:
    return _done(membership.change(user, actor(), state=membership.SUSPENDED))


@bp.post("/members/<user>/resume")
@allow(ALLOWED)
def resume(user: str) -> Response:
    return _done(membership.change(user, actor(), state=membership.ACTIVE))


@bp.post("/members/<user>/remove")
@allow(ALLOWED)
def remove(user: str) -> Response:
    return _done(membership.remove(user, actor()))


def _done(faults: list[Fault]) -> Response:
    return _list(422, faults) if faults else see_other(url_for("accounts.list_members"))


def _list(status: int, faults: list[Fault]) -> Response:
    # Only owners make owners: others are not offered what would be refused.
    owner = actor().role == "owner"
    choices = [(name, _(title)) for name, title in ROLES.items() if owner or name != "owner"]
    return respond(
        "accounts/members.html", "content", status, members=membership.places(), role_choices=choices,
        titles=ROLES, states=membership.STATES, faults=faults, email=request.form.get("email", ""),
        role=request.form.get("role", "sales"), me=actor().user, owner=owner,
    )  # fmt: skip
