"""Pages of what was asked for: the list, one document, its files, and what a person may decide."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, request, send_file, url_for

from core.api import (
    Document,
    State,
    _,
    actor,
    allow,
    decisions,
    documents,
    errors,
    house,
    lazy,
    ledger,
    respond,
    see_other,
    sending,
    storage,
)
from plugins.issuing import explain, panels

bp = Blueprint(
    "issuing", __name__, url_prefix="/issuing", template_folder="templates", static_folder="static"
)

PAGE = 30
TABS = {
    "": (lazy("全部"), None), "attention": (lazy("需要处理"), explain.ATTENTION),
    "waiting": (lazy("进行中"), (State.QUEUED, State.SENDING, State.ACCEPTED)),
    "issued": (lazy("已开具"), (State.ISSUED,)), "refused": (lazy("未开具"), (State.REJECTED, State.VOID)),
}  # fmt: skip


@bp.get("/")
@allow("issuing.view")
def index() -> Response:
    """Everything that was asked for, newest first."""
    tab, before = request.args.get("tab", ""), request.args.get("before", "")
    states = TABS[tab][1] if tab in TABS else None
    found = documents.documents(states, before=before, limit=PAGE + 1)
    more = url_for("issuing.index", tab=tab or None, before=found[PAGE - 1].id) if len(found) > PAGE else ""
    return respond("issuing/index.html", "rows", found=found[:PAGE], more=more, tabs=_tabs(tab),
                   tab=tab, tick=0, delay=explain.pause(0), moving=panels.moving(found[:PAGE]))  # fmt: skip


def _tabs(current: str) -> list[dict[str, Any]]:
    waiting = len(documents.documents(explain.ATTENTION, limit=100))
    counts = {"attention": waiting or None}
    return [
        {"title": _(title), "url": url_for("issuing.index", tab=name or None), "current": name == current,
         "count": counts.get(name)} for name, (title, _states) in TABS.items()
    ]  # fmt: skip


@bp.get("/moving")
@allow("issuing.view")
def rows() -> Response:
    """The named rows as they are now; the page asks again while one of them moves."""
    ids, tick = request.args.get("ids", "").split("."), request.args.get("tick", 0, int)
    found = list(documents.by_ids(ids[:PAGE]).values())
    return respond("issuing/moving.html", "fresh", found=found, moving=panels.moving(found), tick=tick + 1,
                   delay=explain.pause(tick + 1))  # fmt: skip


@bp.get("/<id>")
@allow("issuing.view")
def show(id: str) -> Response:
    """One document: where it is, what it says, what happened to it."""
    return _page(documents.find_document(id), request.args.get("tick", 0, int))


def _page(document: Document, tick: int = 0) -> Response:
    events = ledger.events_about(document.id)
    context: dict[str, Any] = {
        "document": document, "invoice": document.invoice, "standing": explain.standing(document, events),
        "steps": explain.history(events, actor()), "files": _files(document.id),
        "has_pdf": _pdf(document) is not None,
        "moving": document.state in explain.MOVING or (document.state is State.PARKED and 0 < tick < 8),
        "tick": tick + 1, "pause": explain.pause(tick), "replaces": _replaced(document),
    }  # fmt: skip
    return respond("issuing/document.html", "document", oob=("said",), **context)


def _files(document: str) -> list[dict[str, Any]]:
    for event in reversed(ledger.events_about(document)):
        if event.kind == "invoice-issued":
            return list(event.body.get("files", []))
    return []


def _replaced(document: Document) -> str:
    first = next(iter(ledger.events_about(document.id)), None)
    return str(first.body.get("replaces", "")) if first and first.kind == "invoice-queued" else ""


def _pdf(document: Document) -> Any:
    """The module that draws, where it is on and there is something to draw."""
    name, renderer = house().renderers.get("pdf", ("", None))
    return renderer if name and document.state is State.ISSUED and house().plugins.is_on(name) else None


@bp.get("/<id>.pdf")
@allow("issuing.view")
def pdf(id: str) -> Response:
    """The invoice as PDF."""
    document = documents.find_document(id)
    renderer = _pdf(document)
    if renderer is None:
        raise errors.NotFound("这张发票还没有可下载的版式文件")
    name = f"{_('发票')}_{document.number}_{document.invoice.buyer.name}.pdf"
    return send_file(io.BytesIO(renderer.render(document)), renderer.media_type, download_name=name)


@bp.get("/<id>/files/<int:number>")
@allow("issuing.view")
def original(id: str, number: int) -> Response:
    """An original as the bureau sent it, byte by byte."""
    files = _files(documents.find_document(id).id)
    if number >= len(files):
        raise errors.NotFound("没有这份原件")
    found = files[number]
    return send_file(io.BytesIO(storage.load(found["digest"])), found["media_type"], as_attachment=True,
                     download_name=found["name"])  # fmt: skip


@bp.post("/<id>/ask")
@allow("issuing.decide")
def ask(id: str) -> Response:
    """Have the bureau asked once more, now."""
    sending.ask_now(id)
    return see_other(url_for("issuing.show", id=id, tick=1))


@bp.post("/<id>/requeue")
@allow("issuing.decide")
def requeue(id: str) -> Response:
    """A person found that nothing was issued: send it under a new serial."""
    _confirmed()
    decisions.requeue(id, actor(), request.form.get("version", 0, int))
    return see_other(url_for("issuing.show", id=id))


@bp.post("/<id>/withdraw")
@allow("issuing.decide")
def withdraw(id: str) -> Response:
    """A person takes a parked request back."""
    _confirmed()
    decisions.give_up(id, actor(), request.form.get("version", 0, int))
    return see_other(url_for("issuing.show", id=id))


def _confirmed() -> None:
    if request.form.get("sure") != "1":
        raise errors.Conflict("请先勾选确认,再操作")


@bp.get("/panel/<name>")
@allow("issuing.view")
def panel(name: str) -> Response:
    """A panel of the home page as it is now."""
    if name not in panels.LOADS:
        raise errors.NotFound("没有这个面板")
    tick = request.args.get("tick", 0, int) + 1
    values = panels.LOADS[name]() | {"tick": tick, "delay": explain.pause(tick)}
    return respond(f"issuing/panel_{name}.html", "panel", values=values)
