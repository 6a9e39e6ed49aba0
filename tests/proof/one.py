"""Runs one row in a process of its own: `python -m tests.proof.one R4 --size 100 --seed 1 [--plant NAME]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.proof.row import Caught, Job, Tally
from tests.proof.rows import BY_ID, COLUMNS


def main() -> None:
    """Run it and print the tally as JSON; exit code 1 where an invariant is broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("row", choices=sorted(BY_ID))
    parser.add_argument("--column", choices=COLUMNS, default="ci")
    parser.add_argument("--size", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", default="")
    parser.add_argument("--out", type=Path, help="Write the tally there too.")
    chosen = parser.parse_args()
    row = BY_ID[chosen.row]
    with tempfile.TemporaryDirectory(prefix=f"proof-{row.id}-") as name:
        job = Job(
            chosen.size or row.size(chosen.column), chosen.seed, Path(name), chosen.column, chosen.plant
        )
        tally = _run(row.run, job)
    if chosen.out:
        chosen.out.write_text(tally.as_json())
    sys.stdout.write(tally.as_json() + "\n")
    sys.exit(1 if tally.violations else 0)


def _run(run: Callable[[Job], Tally], job: Job) -> Tally:
    try:
        return run(job)
    except Caught as caught:
        return caught.tally


if __name__ == "__main__":
    main()
