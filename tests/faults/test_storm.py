"""Lost answers, late executions and kill -9 of the real server: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.contract.source import ROOT
from tests.contract.test_wheel import free_port

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("count", "kills"), [(120, 0), (120, 3)])
def test_both_ledgers_agree_after_the_storm(count: int, kills: int) -> None:
    wanted = {"n": count, "kills": kills, "clients": 8, "seed": 7, "port": free_port()}
    options = [part for name, value in wanted.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "benchmarks.storm", "--json", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert (result["at_bureau"], result["doubled"], result["kills"]) == (count, 0, kills)
    assert result["ledger_problems"] == []
