"""One piece of the proof: a row, or a row with a planted bug, run in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.proof.rows import Row


@dataclass(frozen=True, slots=True)
class Piece:
    """What is to be run. :ivar patience: seconds after which it is ended. :ivar plant: a planted bug."""

    row: Row
    size: int
    seed: int
    patience: float
    plant: str = ""


@dataclass
class Finding:
    """What came of it. :ivar failure: why it did not finish."""

    piece: Piece
    seconds: float = 0.0
    cases: int = 0
    violations: list[dict[str, str]] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)
    skipped: str = ""
    failure: str = ""


def run(piece: Piece) -> Finding:
    """Run it to its end, or to the end of patience."""
    found, began = Finding(piece), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="proof-") as name:
        out = Path(name) / "tally.json"
        command = [sys.executable, "-m", "tests.proof.one", piece.row.id, "--size", str(piece.size),
                   "--seed", str(piece.seed), "--out", str(out)]  # fmt: skip
        command += ["--plant", piece.plant] if piece.plant else []
        with (Path(name) / "said").open("w+b") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
            try:
                process.wait(piece.patience)
            except subprocess.TimeoutExpired:
                found.failure = f"ended after {piece.patience:.0f} s"
            finally:
                # Whatever it started and left behind goes with it.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            found.seconds = time.monotonic() - began
            if out.exists():
                tally = json.loads(out.read_text())
                found.cases, found.violations = tally["cases"], tally["violations"]
                found.measured, found.skipped = tally["measured"], tally["skipped"]
            elif not found.failure:
                said.seek(0)
                found.failure = said.read().decode(errors="replace").strip()[-600:] or "it said nothing"
    return found
