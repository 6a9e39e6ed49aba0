"""The pages: checks of the company's own, and the public page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, request, url_for

from core.api import PUBLIC, _, actor, allow, house, may, money, respond, see_other, verify_public
from plugins.verify import service, uploads
from plugins.verify.pace import Pace
from plugins.verify.reading import claim_of
from plugins.verify.rules import VERDICTS

bp = Blueprint("verify", __name__, url_prefix="/verify", template_folder="templates")

CHECK = "verify.check"
MODULE = "verify"
_TONES = {"agrees": "ok", "differs": "bad", "missing": "bad", "refused": "bad", "unknown": "odd"}


@bp.get("/")
@allow(CHECK)
def index() -> Response:
    """The form, filled from the address where that says something, and the history of checks."""
    return _form(request.args, [])


@bp.post("/")
@allow(CHECK)
def check() -> Response:
    """Check a claim and show the outcome on a page of its own."""
    claim, faults = claim_of(request.form)
    if claim is None:
        return _form(request.form, faults, 422)
    return see_other(url_for("verify.show", id=service.check(claim, actor().label).id))


@bp.post("/upload")
@allow(CHECK)
def upload() -> Response:
    """Read files, and check what they say."""
    papers, faults = uploads.read(request.files.getlist("files"), actor().label)
    if faults:
        return _form(request.form, faults, 422)
    return respond("verify/upload.html", "content", papers=papers, verdicts=VERDICTS, tones=_TONES)


def _form(values: Mapping[str, str], faults: list[Any], status: int = 200) -> Response:
    after = request.args.get("after", "")
    shown = service.history(after, service.HISTORY + 1)
    more = len(shown) > service.HISTORY
    shown = shown[: service.HISTORY]
    onward = url_for("verify.index", after=shown[-1].id) if more else ""
    return respond(
        "verify/index.html",
        "rows" if after else "content",
        status,
        values=values,
        faults=faults,
        checks=shown,
        onward=onward,
        verdicts=VERDICTS,
        tones=_TONES,
    )


@bp.get("/<id>")
@allow(CHECK)
def show(id: str) -> Response:
    """One check: the verdict, and everything it rests on."""
    found = service.find(id)
    return respond(
        "verify/show.html",
        "content",
        check=found,
        verdict=VERDICTS[found.report.verdict],
        tone=_TONES[found.report.verdict],
        there=_page_of(found.report.document),
    )


def _page_of(document: str) -> str:
    # Other modules may be off or absent: their pages are asked for by name and policy only.
    for endpoint in ("issuing.show", "archive.record") if document else ():
        view = current_app.view_functions.get(endpoint)
        if view is not None and may(str(getattr(view, "policy", ""))):
            return url_for(endpoint, id=document)
    return ""


@bp.get("/public")
@allow(PUBLIC)
def public() -> Response:
    """For anybody who holds an invoice of a company of this installation."""
    if not _asked():
        return _public_page()
    wait = _pace().wait(request.remote_addr or "")
    if wait:
        response = _public_page(429, wait=math.ceil(wait))
        response.headers["Retry-After"] = str(math.ceil(wait))
        return response
    claim, faults = claim_of(request.args)
    if claim is None:
        return _public_page(422, faults=faults)
    return _public_page(claim=claim, facts=verify_public(claim.number, claim.day, claim.total, MODULE))


def _public_page(status: int = 200, **values: Any) -> Response:
    response = respond(
        "verify/public.html",
        "content",
        status,
        **{"values": request.args, "faults": [], "claim": None, "facts": None, "wait": 0} | values,
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/public.json")
@allow(PUBLIC)
def public_json() -> Response:
    """The same for programs."""
    wait = _pace().wait(request.remote_addr or "")
    if wait:
        body: dict[str, Any] = {"status": 429, "code": "VERIFY-PACE-01", "title": _("查询太频繁")}
        response = make_response(jsonify(body), 429)
        response.content_type = "application/problem+json"
        response.headers["Retry-After"] = str(math.ceil(wait))
        return response
    claim, faults = claim_of(request.args)
    if claim is None:
        told = [
            {"code": f.code, "path": f.path, "message": _(f.message), "remedy": _(f.remedy)} for f in faults
        ]
        return make_response(jsonify(faults=told), 422)
    facts = verify_public(claim.number, claim.day, claim.total, MODULE)
    if facts is None:
        return jsonify(found=False)
    return jsonify(
        found=True,
        number=facts.number,
        day=facts.issued_at[:10],
        total=money.yuan(facts.total),
        seller=facts.seller_name,
        state=facts.state,
        specimen=facts.simulated,
        recorded_at=facts.recorded_at,
    )


def _asked() -> bool:
    return any(request.args.get(name, "").strip() for name in ("qr", "number", "day", "total"))


def _pace() -> Pace:
    found = current_app.extensions.get("verify.pace")
    if found is None:
        limit = house().settings.number("verify.public_per_minute")
        found = current_app.extensions.setdefault("verify.pace", Pace(limit))
    assert isinstance(found, Pace)
    return found
