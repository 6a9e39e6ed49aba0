"""Runs the proof: every row, every planted bug; prints the table and writes `proof.json`.

    python -m tests.proof [--column ci|nightly|release] [--only R4 R5] [--seed N] [--out proof.json]

Each row is a process of its own; one more at once than there are cores, for some mostly wait. Exit code 1
if an invariant broke, a planted bug went unseen, or a row did not finish.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.proof.piece import Finding, Piece, run
from tests.proof.rows import COLUMNS, ROWS, Row

PLANT_SECONDS = 60


def pieces(rows: Sequence[Row], column: str, seed: int, *, plants: bool) -> list[Piece]:
    """What is to be run, the longest first."""
    work = [Piece(row, row.size(column), seed, patience(row, column)) for row in rows]
    if plants:
        work += [
            Piece(row, row.sizes[0], seed, PLANT_SECONDS + 30, plant) for row in rows for plant in row.planted
        ]
    return sorted(work, key=lambda piece: -piece.row.seconds * (not piece.plant))


def patience(row: Row, column: str) -> float:
    """Seconds after which a row that did not end has failed."""
    return max(300.0, 3.0 * row.seconds * row.size(column) / row.sizes[0])


def table(found: Sequence[Finding]) -> str:
    """The rows for people."""
    lines = [f"{'row':4} {'what':36} {'cases':>9} {'seconds':>8} {'seed':>6}  violations"]
    for finding in found:
        row, verdict = finding.piece.row, str(len(finding.violations))
        if finding.failure:
            verdict = f"did not finish: {finding.failure}"
        elif finding.skipped:
            verdict = f"skipped: {finding.skipped}"
        figures = f"{finding.cases:>9,} {finding.seconds:>8.1f} {finding.piece.seed:>6}"
        lines.append(f"{row.id:4} {row.title:36} {figures}  {verdict}")
        lines += [f"     {v['invariant']} [{v['case']}] {v['text']}" for v in finding.violations[:5]]
    return "\n".join(lines)


def planted(found: Sequence[Finding]) -> str:
    """The planted bugs for people: that the rows above can fail."""
    lines = ["R15  planted bugs: each must be caught within 60 s"]
    lines += [
        f"     {finding.piece.row.id:4} {finding.piece.plant:44} {finding.seconds:>6.1f} s  "
        + ("caught" if caught(finding) else f"NOT CAUGHT {finding.failure}")
        for finding in found
    ]
    score = sum(map(caught, found))
    return "\n".join([*lines, f"     {score} of {len(found)} caught"])


def caught(finding: Finding) -> bool:
    """Whether a planted bug was seen in time."""
    return bool(finding.violations) and finding.seconds <= PLANT_SECONDS


def report(found: Sequence[Finding], column: str, seconds: float) -> dict[str, Any]:
    """What `proof.json` holds."""
    rows = [finding for finding in found if not finding.piece.plant]
    bugs = [finding for finding in found if finding.piece.plant]
    return {
        "column": column,
        "seconds": round(seconds, 1),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(),
                    "sqlite": sqlite3.sqlite_version, "kernel": platform.release()},
        "rows": [
            {"id": f.piece.row.id, "title": f.piece.row.title, "cases": f.cases,
             "seconds": round(f.seconds, 1), "seed": f.piece.seed, "violations": f.violations,
             "skipped": f.skipped, "failure": f.failure, "measured": f.measured}
            for f in rows
        ],
        "planted": [
            {"row": f.piece.row.id, "bug": f.piece.plant, "seconds": round(f.seconds, 1), "caught": caught(f)}
            for f in bugs
        ],
    }  # fmt: skip


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--column", choices=COLUMNS, default="ci")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side-by-side", type=int, default=(os.cpu_count() or 1) + 1)
    parser.add_argument("--no-plants", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("proof.json"))
    chosen = parser.parse_args()
    rows = [row for row in ROWS if not chosen.only or row.id in chosen.only]
    began = time.monotonic()
    with ThreadPoolExecutor(chosen.side_by_side) as pool:
        found = list(pool.map(run, pieces(rows, chosen.column, chosen.seed, plants=not chosen.no_plants)))
    order = [row.id for row in ROWS]
    found.sort(key=lambda finding: (order.index(finding.piece.row.id), finding.piece.plant))
    results = [finding for finding in found if not finding.piece.plant]
    bugs = [finding for finding in found if finding.piece.plant]
    seconds = time.monotonic() - began
    chosen.out.write_text(
        json.dumps(report(found, chosen.column, seconds), ensure_ascii=False, indent=1) + "\n"
    )
    sys.stdout.write(table(results) + "\n" + (planted(bugs) + "\n" if bugs else ""))
    bad = sum(bool(f.violations or f.failure) for f in results) + sum(not caught(f) for f in bugs)
    total = sum(f.cases for f in results)
    sys.stdout.write(
        f"{total:,} cases in {seconds:.0f} s, written to {chosen.out}: {'FAILED' if bad else 'proved'}\n"
    )
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
