"""Pages for filling in: the form and its live check, drafts, look-ups, the list of buyers."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request, url_for

from core.api import _, actor, allow, documents, errors, respond, see_other
from plugins.issuing import drafts, known, labels, service, sheet
from plugins.issuing.goods import goods
from plugins.issuing.service import Reading, Turn
from plugins.issuing.sheet import Sheet
from plugins.issuing.views import bp

blueprint = bp
"""Every page of the module: importing this file has added its own to those of `views`."""

FORM = "issuing/form.html"
PAGE = 50


@bp.get("/new")
@allow("issuing.issue")
def new() -> Response:
    """A form: blank, a draft taken up again, a copy, or in a refused document's place."""
    draft = request.args.get("draft", "")
    if draft and drafts.document_of(draft):
        return see_other(url_for("issuing.show", id=drafts.document_of(draft)))
    wanted = {name: request.args.get(name, "") for name in ("draft", "copy", "again")}
    form = service.open_form(**wanted, drawer=actor().name)
    return _page(service.read(form, actor()), Turn(form, focus="buyer.name" if form.is_blank else ""))


@bp.post("/new")
@allow("issuing.issue")
def submit() -> Response:
    """A button of the form was pressed: to issue, or to change the form."""
    form, do = _typed(), request.form.get("do", "check")
    if do == "issue":
        return _issue(form)
    turn = service.act(form, do)
    drafts.keep(turn.sheet)
    if do == "later":
        return see_other(url_for("issuing.list_drafts"))
    return _page(service.read(turn.sheet, actor(), strict=do == "check"), turn)


def _issue(form: Sheet) -> Response:
    try:
        document, reading = service.issue(form, actor())
    except errors.Unavailable as error:
        drafts.keep(form)
        problem = _(error.message, **error.params)
        return _page(service.read(form, actor()), Turn(form, problem=problem), 422)
    if document is not None:
        return see_other(url_for("issuing.show", id=document.id))
    drafts.keep(form)
    return _page(reading, Turn(form, focus=reading.first), 422)


@bp.post("/preview")
@allow("issuing.issue")
def preview() -> Response:
    """The amounts and faults of the form as it stands; keeps it as a draft."""
    form = _typed()
    drafts.keep(form)
    reading = service.read(form, actor())
    response = respond(FORM, "totals", oob=("checks",), **_context(reading, Turn(form)))
    if not form.is_blank:
        response.headers["HX-Replace-Url"] = url_for("issuing.new", draft=form.key)
    return response


def _typed() -> Sheet:
    key = request.form.get("key", "")
    good = re.fullmatch(r"[0-9A-Z]{26}", key) and not drafts.is_anothers(key)
    return sheet.from_form(request.form, key if good else drafts.new_key())


def _page(reading: Reading, turn: Turn, status: int = 200) -> Response:
    return respond(FORM, "form", status, **_context(reading, turn))


def _context(reading: Reading, turn: Turn) -> dict[str, Any]:
    again = reading.sheet.text("again")
    return {
        "r": reading, "turn": turn, "rates": service.rate_choices(reading), "label": labels.label,
        "column": labels.column, "line_of": labels.line_of, "most": service.REMARK_MOST,
        "taken_code": service.TAKEN,
        "others": [draft for draft in drafts.mine() if draft.id != reading.sheet.key],
        "before": documents.find_document(again) if again else None,
    }  # fmt: skip


@bp.get("/lookup/buyers")
@allow("issuing.issue")
def lookup_buyers() -> Response:
    """Known buyers by what was typed as name or tax id."""
    typed = request.args.get("buyer.name") or request.args.get("buyer.tax_id") or request.args.get("q", "")
    return respond("issuing/matches.html", "buyers", buyers=known.find_buyers(typed), typed=typed)


@bp.get("/lookup/goods/<int:index>")
@allow("issuing.issue")
def lookup_goods(index: int) -> Response:
    """Goods by what was typed as a line's name or code: the company's own first."""
    names = (f"lines[{index}].name", f"lines[{index}].code", "q")
    typed = next((request.args[name] for name in names if request.args.get(name)), "")
    items = known.find_items(typed, inclusive=bool(request.args.get("inclusive")))
    return respond("issuing/matches.html", "goods", items=items, goods=goods(typed, 6),
                   index=index, typed=typed)  # fmt: skip


@bp.get("/drafts")
@allow("issuing.issue")
def list_drafts() -> Response:
    """The user's unfinished forms."""
    return respond("issuing/drafts.html", "list", drafts=drafts.mine())


@bp.post("/drafts/<key>/delete")
@allow("issuing.issue")
def delete_draft(key: str) -> Response:
    """Throw a draft away."""
    drafts.drop(key)
    return see_other(url_for("issuing.list_drafts"))


@bp.get("/buyers")
@allow("issuing.view")
def buyers() -> Response:
    """Every buyer the company has invoiced or written down."""
    query, after = request.args.get("q", ""), request.args.get("after", "")
    found = known.all_buyers(query, after, PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    more = url_for("issuing.buyers", q=query or None, after=last.name + last.id) if last else ""
    return respond("issuing/buyers.html", "rows", found=found[:PAGE], more=more, query=query, first=not after)


@bp.get("/buyers/edit")
@allow("issuing.issue")
def edit_buyer() -> Response:
    """One buyer's particulars, or an empty card."""
    id = request.args.get("id", "")
    buyer = known.find_buyer(id) if id else None
    texts = {name: getattr(buyer, name, "") for name in ("name", "tax_id", "is_person", *known.DETAILS)}
    return respond("issuing/buyer_card.html", "card", id=id, texts=texts, faults=[])


@bp.post("/buyers/edit")
@allow("issuing.issue")
def save_buyer() -> Response:
    """Keep what was typed about a buyer."""
    id = request.form.get("id", "")
    faults = known.save_buyer(id, request.form.to_dict())
    if faults:
        return respond("issuing/buyer_card.html", "card", 422, id=id, texts=request.form, faults=faults)
    return see_other(url_for("issuing.buyers"))


@bp.post("/buyers/<id>/delete")
@allow("issuing.issue")
def delete_buyer(id: str) -> Response:
    """Take a buyer off the list."""
    known.forget_buyer(id)
    return see_other(url_for("issuing.buyers"))
