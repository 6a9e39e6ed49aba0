"""What a row of the proof is: how it is asked to run, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a row.

    :ivar size: how many cases. :ivar seed: where chance begins; the same seed is the same run.
    :ivar folder: an empty folder of its own. :ivar plant: the planted bug to be caught, or nothing.
    """

    size: int
    seed: int
    folder: Path
    column: str = "ci"
    plant: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant: which, in which case (what to pass to repeat it), and what was seen."""

    invariant: str
    case: str
    text: str


class Caught(Exception):
    """A planted bug was found: the run need not go on."""

    def __init__(self, tally: Tally) -> None:
        super().__init__("caught")
        self.tally = tally


@dataclass
class Tally:
    """What a run found. :ivar skipped: why it could not run here, in one sentence."""

    job: Job
    cases: int = 0
    violations: list[Violation] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)
    skipped: str = ""

    def case(self, name: str, found: Mapping[str, Iterable[str]] | None = None) -> None:
        """Count one case; `found` are the problems by invariant.

        :raise Caught: a planted bug was looked for, and this is it.
        """
        self.cases += 1
        for invariant, problems in (found or {}).items():
            self.violations += [Violation(invariant, name, problem) for problem in problems]
        if self.violations and self.job.plant:
            raise Caught(self)

    def as_json(self) -> str:
        """For the process that started this one."""
        return json.dumps(
            {
                "cases": self.cases,
                "violations": [asdict(violation) for violation in self.violations],
                "measured": self.measured,
                "skipped": self.skipped,
            },
            ensure_ascii=False,
        )
