"""Checks: weighed, written down with their event, and weighed again where the answer was not ripe."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.api import Document, Task, clock, documents, enqueue, errors, house, ledger, rng, transaction
from plugins.verify.rules import UNSETTLED, Claim, Finding, Report, judge
from plugins.verify.tables import Checked

RECHECK = "verify.recheck"
SOON, LATER, GIVE_UP = 60.0, 600.0, timedelta(days=3)
"""Seconds until an unripe check is made again, and again; and how long that goes on."""

HISTORY = 20
_BEFORE = 3
"""Days that a request may lie before the day on the paper and still be the one meant."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check as it was written down. `at` is when it was asked for, `seen_at` when last weighed; UTC."""

    id: str
    at: str
    seen_at: str
    claim: Claim
    report: Report


def weigh(claim: Claim) -> Report:
    """Weigh a claim against the ledger of the scope's company; nothing is written."""
    try:
        mine: Document | None = documents.document_by_number(claim.number)
    except errors.NotFound:
        mine = None
    alike = [] if mine else _alike(claim)
    return judge(claim, mine, alike, clock.today())


def _alike(claim: Claim) -> list[Document]:
    first, last = claim.day - timedelta(days=_BEFORE), claim.day + timedelta(days=1)
    return [
        document
        for document in documents.by_amount(claim.total)
        if not document.number
        and document.invoice.total == claim.total
        and first.isoformat() <= house().china_time(document.created_at)[:10] <= last.isoformat()
    ]


def check(claim: Claim, actor: str) -> Check:
    """Weigh a claim and write down what was found; an unripe one is weighed again by itself."""
    report, now = weigh(claim), clock.stamp()
    made = Check(rng.ulid(), now, now, claim, report)
    with transaction():
        Checked.create(
            id=made.id,
            at=now,
            actor=actor,
            number=claim.number,
            day=claim.day.isoformat(),
            total=claim.total,
            qr=claim.text,
            verdict=report.verdict,
            document=report.document,
            findings=_written(report),
            seen_at=now,
        )
        _tell(made, actor)
        if report.verdict == UNSETTLED and claim.kind in ("", "31", "32"):
            enqueue(RECHECK, made.id, delay=SOON)
    return made


def _tell(made: Check, actor: str) -> None:
    body = {"number": made.claim.number, "verdict": made.report.verdict, "check": made.id}
    ledger.append("verify.checked", made.report.document or made.claim.number, body, actor)


def recheck(task: Task) -> None:
    """Weigh an unripe check again; a verdict that changed is told to the ledger."""
    row = Checked.get_or_none(Checked.id == task.ref)
    if row is None or row.verdict != UNSETTLED:
        return
    before = _of(row)
    report, now = weigh(before.claim), clock.stamp()
    with transaction():
        changes = {"verdict": report.verdict, "document": report.document, "findings": _written(report)}
        Checked.update(seen_at=now, **changes).where(Checked.id == row.id).execute()
        if report.verdict != UNSETTLED:
            _tell(Check(row.id, row.at, now, before.claim, report), "job:verify.recheck")
        elif clock.now() - datetime.fromisoformat(row.at) < GIVE_UP:
            enqueue(RECHECK, row.id, delay=LATER)


def find(id: str) -> Check:
    """One check.

    :raise NotFound: none by that id here.
    """
    row = Checked.get_or_none(Checked.id == id)
    if row is None:
        raise errors.NotFound("没有这次查验")
    return _of(row)


def history(before: str = "", limit: int = HISTORY) -> list[Check]:
    """Checks, newest first; `before` is the last id of the page before."""
    wanted = Checked.select()
    if before:
        wanted = wanted.where(Checked.id < before)
    return [_of(row) for row in wanted.order_by(Checked.id.desc()).limit(limit)]


def _of(row: Checked) -> Check:
    raw: list[dict[str, Any]] = json.loads(row.findings)
    # Its own QR text says again what kind of invoice it was.
    kind = row.qr.strip().split(",")[1].strip() if row.qr else ""
    claim = Claim(row.number, date.fromisoformat(row.day), row.total, row.qr, kind)
    findings = tuple(Finding(**finding) for finding in raw)
    return Check(row.id, row.at, row.seen_at, claim, Report(row.verdict, findings, row.document))


def _written(report: Report) -> str:
    fields = [
        {
            "code": f.code,
            "result": f.result,
            "evidence": f.evidence,
            "remedy": f.remedy,
            "params": dict(f.params),
        }
        for f in report.findings
    ]
    return json.dumps(fields, ensure_ascii=False)
