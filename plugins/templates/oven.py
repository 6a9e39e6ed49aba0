"""Draws in the capped child. Importing it loads all that drawing needs: the warm parent does so once."""

from __future__ import annotations

import json
from datetime import datetime

from plugins.templates import agreement, sample
from plugins.templates.design import Design, built_in, facts_of, page
from plugins.templates.face import Face, draw_up
from plugins.templates.press import press
from plugins.templates.render import VERSION, Order
from plugins.templates.sandbox import Unfit


def draw(order: bytes) -> bytes:
    """A line of JSON notes and the PDF of a document, by the built-in design."""
    face, pdf = _drawn(Order.from_dict(json.loads(order)), built_in())
    # Ours is trusted: an invoice must be printable even where a reader of PDFs misreads a rare character.
    return _noted(face, pdf, agreement.problems(pdf, face))


def draw_by(order: bytes) -> bytes:
    """The same by a design that somebody wrote: JSON of `document`, `style` and `body`.

    :raise Unfit: the design may not be used, and why.
    """
    asked = json.loads(order)
    design = Design(str(asked["style"]), str(asked["body"]))
    face, pdf = _drawn(Order.from_dict(asked["document"]), design)
    problems = agreement.problems(pdf, face)
    if problems:
        raise Unfit(";".join(problems))
    return _noted(face, pdf, [])


def _drawn(document: Order, design: Design) -> tuple[Face, bytes]:
    face = draw_up(document)
    html = page(design, facts_of(face))
    return face, press(html, document, _moment(document), _info(document, face))


def _noted(face: Face, pdf: bytes, problems: list[str]) -> bytes:
    notes = {"missing": [f"U+{ord(char):04X}" for char in face.missing], "problems": problems}
    return json.dumps(notes).encode() + b"\n" + pdf


def _moment(document: Order) -> datetime:
    moment = datetime.fromisoformat(document.issued_at or document.created_at or "2000-01-01")
    return moment if moment.tzinfo else moment.fromisoformat(f"{moment.isoformat()}+08:00")


def _info(document: Order, face: Face) -> dict[str, str]:
    red = "（红字）" if face.red else ""
    return {
        "title": f"{face.title}{red}",
        "subject": f"发票号码 {face.number}",
        "author": "".join(face.seller),
        "creator": f"Fapiao templates {VERSION}",
    }


def _heat() -> None:
    # Libraries load parts of themselves at their first page: once here instead of in every child.
    draw(json.dumps(Order.of(sample.Sample(sample.draft("special"))).as_dict()).encode())


_heat()
