"""What is read from an invoice document: facts, where each came from, and what is odd about it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warn", "info"]
Source = Literal["xml", "tags", "text", "qr"]
"""Where a fact was read: structured data, custom tags, the printed text, the QR code."""

FIELDS = ("kind", "code", "number", "issue_date", "check_code", "buyer.name", "buyer.tax_id", "seller.name",
          "seller.tax_id", "amount", "tax", "total")  # fmt: skip
"""Single facts, by the path that findings and `sources` use."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd. `code` is permanent; `path` names the fact or the part of the file it is about.

    :ivar message: a key of the text catalogue, with `params` for its `%(name)s` places.
    """

    code: str
    severity: Severity
    path: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence, Chinese; `message` with `params` is its key for other languages."""
        return self.message % self.params if self.params else self.message


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line. Money and numbers as text; None where the document does not say or the clues disagree."""

    name: str | None = None
    spec: str | None = None
    unit: str | None = None
    quantity: str | None = None
    price: str | None = None
    amount: str | None = None
    tax_rate: str | None = None
    tax: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What is known of the document's electronic signatures, all of them together.

    :ivar valid: every signature holds; None where that cannot be judged (`reason` says why).
    :ivar covers_all: everything a reader shows is under a signature, and nothing follows it.
    """

    present: bool
    valid: bool | None = None
    covers_all: bool | None = None
    signer: str | None = None
    reason: str = ""


@dataclass(slots=True)
class Clue:
    """What one source says. `values` by the paths of `FIELDS`, in their normal form; absent is absent."""

    source: Source
    values: dict[str, str] = field(default_factory=dict)
    lines: list[LineFacts] = field(default_factory=list)


@dataclass(slots=True)
class Facts:
    """Everything read from one file."""

    file: str
    format: str
    values: dict[str, str] = field(default_factory=dict)
    lines: list[LineFacts] = field(default_factory=list)
    signature: Signature = field(default_factory=lambda: Signature(False))
    sources: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The object that `fapiao read --json` prints: money with two decimals, dates ISO, absent as null."""
        get = self.values.get
        return {
            "file": self.file,
            "format": self.format,
            "kind": get("kind"),
            "code": get("code"),
            "number": get("number"),
            "issue_date": get("issue_date"),
            "check_code": get("check_code"),
            "buyer": {"name": get("buyer.name"), "tax_id": get("buyer.tax_id")},
            "seller": {"name": get("seller.name"), "tax_id": get("seller.tax_id")},
            "amount": get("amount"),
            "tax": get("tax"),
            "total": get("total"),
            "lines": [{name: getattr(line, name) for name in LineFacts.__slots__} for line in self.lines],
            "signature": {name: getattr(self.signature, name) for name in Signature.__slots__},
            "sources": self.sources,
            "findings": [
                {"code": one.code, "severity": one.severity, "path": one.path, "message": one.text}
                for one in self.findings
            ],
        }

    def as_json(self) -> str:
        """The same as one line of text."""
        return json.dumps(self.as_dict(), ensure_ascii=False)


class Unreadable(Exception):
    """A file that is not read at all; `finding` says why."""

    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(code)
        self.finding = Finding(code, "error", "", message, params)
