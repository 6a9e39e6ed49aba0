"""The row R1 in small, and what it needs to be believed: that a fault is met, and a bug is seen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import flow_child, syscalls, syscalls_trace
from tests.faults.syscalls import Bench
from tests.faults.syscalls_cases import KINDS, Case, cases
from tests.proof.row import Job

_MISSING = syscalls_trace.missing()
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=_MISSING)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with flow_child.scratch(tmp_path_factory.mktemp("bench")) as folder:
        yield Bench(folder)


def of(bench: Bench, flow: str, call: str, kind: str, part: str) -> list[Case]:
    found = cases(bench.calls(flow, 1), flow, 1)
    return [case for case in found if (case.call.name, case.kind) == (call, kind) and part in case.call.path]


def test_each_fault_is_met_and_nothing_breaks(bench: Bench) -> None:
    chosen: dict[str, Case] = {}
    for case in cases(bench.calls("first", 1), "first", 1):
        chosen.setdefault(case.kind, case)
    assert set(chosen) == set(KINDS)
    for case in chosen.values():
        assert bench.run(case) == {}, str(case)


@pytest.mark.parametrize(
    ("flow", "call", "kind", "part"),
    [
        # A transaction that the disk took back was taken back once more, and the error of that hid the first.
        ("first", "fdatasync", "EIO+", "fapiao.db-wal"),
        # One line of the witness was half written, and the next one after it unreadable.
        ("first", "write", "SHORT", "witness.jsonl"),
        # A start that cannot have a file is one line, not a traceback.
        ("first", "openat", "ENOSPC", "fapiao.write"),
    ],
)
def test_what_once_broke_holds(bench: Bench, flow: str, call: str, kind: str, part: str) -> None:
    found = of(bench, flow, call, kind, part)
    assert found
    assert bench.run(found[-1]) == {}, str(found[-1])


def test_a_planted_bug_is_caught(tmp_path: Path) -> None:
    with flow_child.scratch(tmp_path) as folder:
        bench = Bench(folder, "short-write-ignored")
        found = [bench.run(case) for case in of(bench, "first", "write", "SHORT", "/originals/")[:1]]
    assert found
    assert all(problems and "I7" in problems for problems in found)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert "apt-get install strace" in syscalls.run(Job(10, 1, tmp_path)).skipped
