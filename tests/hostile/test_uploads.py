"""Row S3 at a small size, and the bugs it must catch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.contract.source import ROOT
from tests.hostile.uploads import PLANTED


def one(*more: str) -> subprocess.CompletedProcess[str]:
    # A process of its own: what it plants would stay, and what it may not load is loaded here.
    command = [sys.executable, "-m", "tests.proof.one", "S3", "--size", "1", *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_hostile_files_are_survived_with_a_reason() -> None:
    done = one()
    assert done.returncode == 0, done.stdout[:2000] + done.stderr


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_caught(bug: str) -> None:
    assert one("--plant", bug).returncode == 1
