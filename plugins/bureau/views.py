"""The callback of the simulated bureau, and the page on which an admin breaks it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from core.api import PUBLIC, actor, allow, csrf_exempt, errors, money, respond, see_other, sending
from plugins.bureau import faults, protocol, service
from plugins.bureau.channel import NAME

bp = Blueprint("bureau", __name__, url_prefix="/bureau", template_folder="templates", static_folder="static")

Response = Any


@bp.post("/callback")
@allow(PUBLIC)
def callback() -> Response:
    """A signed notice that something happened to a serial: a reason to ask, and no more than that."""
    known = service.vouch(dict(request.headers), request.get_data())
    if known is None:
        return {"message": "signature"}, 401
    event, serial = known
    sending.heard(NAME, serial, event)
    return "", 204


csrf_exempt(callback)  # signed by itself, and sent by no browser


@bp.get("/faults")
@allow("bureau.faults")
def show() -> Response:
    """The fault page; with `part=status` only its figures."""
    part = "status" if request.args.get("part") == "status" else "page"
    return _page(part)


@bp.post("/faults")
@allow("bureau.faults")
def change() -> Response:
    """Set what the form says."""
    before = service.look()
    if not before["up"]:
        return _page("page", "模拟税局没有运行", 503)
    try:
        wanted = service.read_form(request.form, before["state"])
    except ValueError:
        return _page("page", "请填写数字", 422)
    problem = service.disturb(wanted, actor().label)
    return _page("page", problem, 422) if problem else see_other(url_for("bureau.show"))


@bp.post("/presets")
@allow("bureau.faults")
def preset() -> Response:
    """Bring about a situation."""
    try:
        wanted = service.preset(request.form.get("name", ""))
    except KeyError:
        raise errors.NotFound("没有这个预设") from None
    problem = service.disturb(wanted, actor().label)
    return _page("page", problem, 422) if problem else see_other(url_for("bureau.show"))


def _page(part: str, problem: str = "", status: int = 200) -> Response:
    seen = service.look()
    if seen["up"]:
        seen |= _texts(seen["figures"])
    return respond(
        "bureau/faults.html", part, status, problem=problem, kinds=list(faults.KINDS.values()),
        presets=[(name, title) for name, (title, _) in service.PRESETS.items()],
        reasons=list(protocol.REFUSALS.items()), **seen,
    )  # fmt: skip


def _texts(figures: dict[str, Any]) -> dict[str, str]:
    credit = figures["credit"]
    used, limit = (money.yuan_grouped(credit[key]) if credit else "" for key in ("used", "limit"))
    return {"total_text": money.yuan_grouped(figures["total"]), "used_text": used, "limit_text": limit}
