"""`fapiao verify`: a check from the command line."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from core.api import _, money
from plugins.verify import service
from plugins.verify.reading import claim_of
from plugins.verify.rules import AGREES, UNSETTLED, VERDICTS

EXITS = {AGREES: 0, UNSETTLED: 3}
"""Exit codes by verdict; any other verdict is 1, and 2 says that the question was no question."""


@click.command("verify")
@click.option("--number", default="", help="The invoice's 20 digits.")
@click.option("--date", "day", default="", help="Its date of issue, as 2026-11-24.")
@click.option("--total", default="", help="Its total with tax, as 1060.00.")
@click.option("--qr", default="", help="The text of its QR code, instead of the three.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def verify(number: str, day: str, total: str, qr: str, as_json: bool) -> None:
    """Check an invoice against the company's ledger: exit code 0 agrees, 1 not, 3 cannot be decided yet."""
    if bool(qr) == bool(number or day or total):
        raise click.UsageError("give --number, --date and --total, or --qr alone")
    claim, faults = claim_of({"number": number, "day": day, "total": total, "qr": qr})
    if claim is None:
        names = {"day": "date"}
        raise click.UsageError("; ".join(f"--{names.get(f.path, f.path)}: {_(f.message)}" for f in faults))
    made = service.check(claim, "cli")
    verdict = made.report.verdict
    click.echo(json.dumps(_plain(made), ensure_ascii=False) if as_json else _told(made))
    sys.exit(EXITS.get(verdict, 1))


def _plain(made: service.Check) -> dict[str, Any]:
    return {
        "verdict": made.report.verdict, "number": made.claim.number, "day": made.claim.day.isoformat(),
        "total": money.yuan(made.claim.total), "check": made.id, "document": made.report.document,
        "findings": [
            {"code": f.code, "result": f.result, "evidence": _(f.evidence, **f.params),
             "remedy": _(f.remedy) if f.remedy else ""}
            for f in made.report.findings
        ],
    }  # fmt: skip


def _told(made: service.Check) -> str:
    marks = {"ok": "✓", "warn": "!", "bad": "×", "unknown": "?"}
    claim = made.claim
    head = f"{_(VERDICTS[made.report.verdict])}  {claim.number}  {claim.day}  {money.yuan(claim.total)}"
    lines = [head]
    for f in made.report.findings:
        remedy = f" → {_(f.remedy)}" if f.remedy else ""
        lines.append(f"  {marks[f.result]} {_(f.evidence, **f.params)}{remedy}  [{f.code}]")
    return "\n".join(lines)
