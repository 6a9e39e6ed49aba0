"""Uploaded files: what each says, and what the company's ledger says of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage

from core.api import Fault, lazy, read_document
from plugins.verify import service
from plugins.verify.reading import claim_of
from plugins.verify.service import Check

MOST = 50
"""Files of one upload."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One file: what it says, and the check it led to, where it says enough for one."""

    facts: Mapping[str, Any]
    check: Check | None

    @property
    def worst(self) -> str:
        """The gravest severity among its findings; empty where there is none."""
        found = {finding["severity"] for finding in self.facts["findings"]}
        return next((severity for severity in ("error", "warn", "info") if severity in found), "")


def read(files: Sequence[FileStorage], actor: str) -> tuple[list[Paper], list[Fault]]:
    """Read every file and check those that name a fully digital invoice."""
    named = [file for file in files if file.filename]
    if not named:
        return [], [
            _fault("VERIFY-UPLOAD-01", lazy("请选择文件"), lazy("可以一次选择多个 XML、OFD、PDF 或图片"))
        ]
    if len(named) > MOST:
        return [], [_fault("VERIFY-UPLOAD-02", lazy("一次最多上传 50 个文件"), lazy("分几次上传"))]
    return [_paper(file, actor) for file in named], []


def _paper(file: FileStorage, actor: str) -> Paper:
    facts = read_document(file.filename or "", file.read())
    told = {"number": facts["number"] or "", "day": facts["issue_date"] or "", "total": facts["total"] or ""}
    claim, _ = claim_of(told)
    return Paper(facts, service.check(claim, actor) if claim is not None else None)


def _fault(code: str, message: str, remedy: str) -> Fault:
    return Fault(code, "files", message, remedy, "")
