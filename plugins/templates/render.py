"""The renderer as the server sees it: a document in, the bytes of its PDF out, drawn in a capped child.

What goes over to the child is the document as JSON. None of the libraries that draw is loaded here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from core.api import Invoice, State, capped

VERSION = "default@1"
"""Kept with what it drew. What a version draws never changes: any change is a new version."""

CAPS = capped.Caps(seconds=120, memory=768 << 20, input=16 << 20, output=64 << 20)
"""Two thousand lines take some 20 seconds and 300 MiB."""

DESIGN_CAPS = capped.Caps(seconds=5, memory=512 << 20, input=16 << 20, output=32 << 20)
"""For what somebody wrote: an invoice of some hundred lines is drawn in that."""

OVEN = "plugins.templates.oven"

log = logging.getLogger(__name__)


class Printable(Protocol):
    """What a design needs of a document; a sample has it too."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> State: ...
    @property
    def invoice(self) -> Invoice: ...
    @property
    def number(self) -> str: ...
    @property
    def issued_at(self) -> str: ...
    @property
    def created_at(self) -> str: ...
    @property
    def simulated(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Order:
    """A document on its way to the child and there."""

    invoice: Invoice
    id: str
    state: State
    number: str
    issued_at: str
    created_at: str
    simulated: bool

    @classmethod
    def of(cls, document: Printable) -> Order:
        """As much of a document as is drawn."""
        return cls(document.invoice, document.id, document.state, document.number, document.issued_at,
                   document.created_at, document.simulated)  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        plain = ("id", "number", "issued_at", "created_at", "simulated")
        return {
            **{name: getattr(self, name) for name in plain},
            "state": self.state.value,
            "invoice": self.invoice.as_dict(),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Order:
        """The inverse of `as_dict`."""
        invoice, state = Invoice.from_dict(raw["invoice"]), State(raw["state"])
        return cls(**{**raw, "invoice": invoice, "state": state})


def render_pdf(document: Printable) -> bytes:
    """The invoice as PDF by the design `default@1`.

    :raise Refused: the child could not draw it within its caps.
    """
    return _told(document, capped.run(f"{OVEN}:draw", _json(Order.of(document).as_dict()), CAPS))


def render_by(document: Printable, style: str, body: str) -> bytes:
    """The invoice as PDF by a design that somebody wrote: a style sheet and a body, both templates.

    :raise Refused: the design may not be used and why, or the child could not draw it within its caps.
    """
    asked = {"document": Order.of(document).as_dict(), "style": style, "body": body}
    return _told(document, capped.run(f"{OVEN}:draw_by", _json(asked), DESIGN_CAPS))


def _json(asked: Mapping[str, Any]) -> bytes:
    return json.dumps(asked, ensure_ascii=False).encode()


def _told(document: Printable, answer: bytes) -> bytes:
    notes, _, pdf = answer.partition(b"\n")
    told = json.loads(notes)
    if told["missing"]:
        log.warning("document %s: no glyph for %s", document.id, " ".join(told["missing"]))
    for problem in told["problems"]:
        log.warning("document %s: read back, its PDF differs: %s", document.id, problem)
    return pdf
