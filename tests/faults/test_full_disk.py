"""The row R6 in small: rounds of a few levels each, and a bug that they see."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.source import ROOT
from tests.faults import full_disk, full_disk_levels, full_disk_stage

_PROGRAM = """
import json, sys
from dataclasses import replace
from pathlib import Path
from tests.faults import full_disk
full_disk.LEVELS = 2
bench = full_disk.prepared(Path(sys.argv[1]))
calm = [level for kind in ("sudden", "names", "start") for level in full_disk.judged(bench, kind, 1)]
planted = [level for level in full_disk.judged(replace(bench, plant="full-for-ever"), "sudden", 1)]
print(json.dumps([calm, planted]))
"""


def test_a_full_disk_is_said_and_forgotten_and_a_bug_is_seen(tmp_path: Path) -> None:
    """In a process of its own: the rounds are forked from it, and this one has databases open."""
    (tmp_path / "trial").mkdir()
    why = full_disk_stage.missing(tmp_path / "trial")
    if why:
        pytest.skip(why)
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    calm, planted = json.loads(done.stdout)
    assert len(calm) == 6
    assert not [(name, wrong) for name, wrong, _ in calm if wrong]
    assert any("507" in answer for _, _, answers in calm for answer in answers)
    assert any(wrong for _, wrong, _ in planted)


def test_every_planned_round_is_there() -> None:
    assert set(full_disk.PLAN) == set(full_disk_levels.KINDS)
