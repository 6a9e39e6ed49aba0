"""Puts together what the sources of one document say; where two disagree, nothing is claimed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from plugins.formats import values
from plugins.formats.facts import FIELDS, Clue, Facts, Finding, LineFacts

TRUST = ("xml", "tags", "text", "qr")
"""Of sources that agree, the one that is named."""

_NAMES = frozenset({"buyer.name", "seller.name"})
_SUMS = ("amount", "tax", "total")


def weigh(facts: Facts, clues: Sequence[Clue]) -> None:
    """Fill in a document's facts from its clues."""
    for path in FIELDS:
        said = [(clue.source, clue.values[path]) for clue in clues if clue.values.get(path)]
        said.sort(key=lambda pair: TRUST.index(pair[0]))
        if not said:
            continue
        if all(_same(path, said[0][1], other) for _, other in said[1:]):
            facts.values[path], facts.sources[path] = said[0][1], said[0][0]
        else:
            told = "、".join(f"{source}: {value}" for source, value in said)
            facts.findings.append(
                Finding("FORMATS-DIFFER-01", "error", path, "来源之间不一致(%(told)s)", {"told": told})
            )
    _choose_lines(facts, clues)
    _add_up(facts)


def _same(path: str, one: str, other: str) -> bool:
    return values.same_name(one, other) if path in _NAMES else one == other


def _choose_lines(facts: Facts, clues: Sequence[Clue]) -> None:
    bearing = sorted((clue for clue in clues if clue.lines), key=lambda clue: TRUST.index(clue.source))
    if not bearing:
        return
    facts.lines, facts.sources["lines"] = bearing[0].lines, bearing[0].source
    for other in bearing[1:]:
        if len(other.lines) != len(facts.lines):
            told = f"{bearing[0].source}: {len(facts.lines)}、{other.source}: {len(other.lines)}"
            facts.findings.append(
                Finding(
                    "FORMATS-DIFFER-02", "warn", "lines", "明细行数在来源之间不一致(%(told)s)", {"told": told}
                )
            )


def _add_up(facts: Facts) -> None:
    amount, tax, total = (_decimal(facts, path) for path in _SUMS)
    if amount is not None and tax is not None and total is not None and amount + tax != total:
        facts.findings.append(
            Finding(
                "FORMATS-SUM-01",
                "error",
                "total",
                "金额 %(amount)s 加税额 %(tax)s 不等于价税合计 %(total)s",
                {"amount": amount, "tax": tax, "total": total},
            )
        )
        # Printed text may have been read wrongly, and nobody can tell which of the three it was.
        for path in _SUMS:
            if facts.sources.get(path) == "text":
                del facts.values[path], facts.sources[path]
    _add_lines(facts, "amount")
    _add_lines(facts, "tax")


def _add_lines(facts: Facts, path: str) -> None:
    whole, parts = _decimal(facts, path), [_part(line, path) for line in facts.lines]
    if whole is None or not parts or None in parts:
        return
    found = sum((part for part in parts if part is not None), Decimal(0))
    if found != whole:
        facts.findings.append(
            Finding(
                "FORMATS-SUM-02",
                "warn",
                path,
                "各行合计 %(found)s 不等于 %(whole)s",
                {"found": found, "whole": whole},
            )
        )


def _part(line: LineFacts, path: str) -> Decimal | None:
    text = line.amount if path == "amount" else line.tax
    return values.decimal(text) if text else None


def _decimal(facts: Facts, path: str) -> Decimal | None:
    text = facts.values.get(path)
    return Decimal(text) if text else None
