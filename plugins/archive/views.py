"""The archive's pages: search, record, originals."""

from __future__ import annotations

import io
import re
from typing import Any

from flask import Blueprint, Response, current_app, make_response, request, send_file, url_for

from core.api import Document, allow, documents, errors, ledger, may, respond, storage
from plugins.archive import facts, originals, service
from plugins.archive.clues import CLUES, LONGEST
from plugins.archive.tables import Original

bp = Blueprint(
    "archive", __name__, url_prefix="/archive", template_folder="templates", static_folder="static"
)

READ = "archive.read"
_KNOWN_TYPES = ("application/pdf", "application/xml", "text/xml", "application/ofd", "application/json")


@bp.get("/search")
@allow(READ)
def search() -> Response:
    """Find an invoice by any clue."""
    query, after = request.args.get("q", "").strip(), request.args.get("after", "")
    size = max(1, min(request.args.get("size", service.SIZE, type=int), service.LARGEST))
    page = service.search(query, after, size)
    links = {hit.document.id: page_of(hit.document) for hit in page.hits}
    onward = url_for("archive.search", q=query[:LONGEST], after=page.next, size=size) if page.next else ""
    return respond(
        "archive/search.html", "rows" if after else "results", query=query[:LONGEST], page=page, links=links,
        onward=onward, clues=CLUES, day_of=day_of, going_on=bool(after),
        without_number=service.without_number() if query and not page.hits else 0,
    )  # fmt: skip


def page_of(document: Document) -> str:
    """Where a document is worked on, where that module is on and open to the actor; else its record here."""
    view = current_app.view_functions.get("issuing.show")
    # The module may be off, absent or another's: its page is asked for by name and policy only.
    if view is not None and may(getattr(view, "policy", "")) and _takes_id("issuing.show"):
        return url_for("issuing.show", id=document.id)
    return url_for("archive.record", id=document.id)


def _takes_id(endpoint: str) -> bool:
    return any(rule.arguments == {"id"} for rule in current_app.url_map.iter_rules(endpoint))


def day_of(document: Document) -> str:
    """The day a document is shown under: the bureau's, else that of the request."""
    return next(iter(facts.days(document).values()))


@bp.get("/")
@allow(READ)
def index() -> Response:
    """All originals, newest first, by month."""
    month = request.args.get("month", "")
    month = month if re.fullmatch(r"[0-9]{4}-[0-9]{2}", month) else ""
    after = request.args.get("after", "")
    found = originals.listing(month, after)
    onward = url_for("archive.index", month=month, after=found.next) if found.next else ""
    return respond(
        "archive/index.html", "rows" if after else "list", found=found, month=month, onward=onward,
        months=originals.months(), damaged=originals.damaged(),
    )  # fmt: skip


@bp.get("/<id>")
@allow(READ)
def record(id: str) -> Response:
    """One document as it was issued, readable whatever other modules are on."""
    document = documents.find_document(id)
    files = [(original, originals.health(original)) for original in originals.of_document(id)]
    steps = [(event, ledger.title(event.kind)) for event in ledger.events_about(id)]
    there = page_of(document)
    return respond(
        "archive/record.html", "content", document=document, files=files, steps=steps,
        elsewhere="" if there == url_for("archive.record", id=id) else there,
    )  # fmt: skip


@bp.get("/original/<id>")
@allow(READ)
def download(id: str) -> Response:
    """The bytes of an original, re-hashed; a damaged one is never handed out."""
    original = originals.find(id)
    try:
        content = storage.load(original.digest)
    except errors.NotFound:
        return damaged(original)
    kind = original.media_type if original.media_type in _KNOWN_TYPES else "application/octet-stream"
    values: dict[str, Any] = {"as_attachment": True, "download_name": original.name, "etag": False}
    response = make_response(send_file(io.BytesIO(content), kind, **values))
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def damaged(original: Original) -> Response:
    """Say plainly that an original is lost, and how to get it back."""
    return respond("archive/damaged.html", "content", 410, original=original)
