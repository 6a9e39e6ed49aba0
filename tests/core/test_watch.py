"""A call that never comes back, or takes its process with it, names itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from core import watch
from core.watch import DEATHS, LIMIT, STARTING_DEATHS, Watch

KEPT: list[Any] = []


def die_in(folder: Path, name: str, place: str, subject: str = "") -> Watch:
    """A process that ends inside a call."""
    made = Watch(folder, "worker")
    KEPT.append(made.holding(name, place, subject))
    KEPT[-1].__enter__()
    return made


def test_who_is_at_work_when_processes_die_in_a_row_is_off(tmp_path: Path) -> None:
    for _ in range(DEATHS):
        assert Watch(tmp_path).off() == {}
        die_in(tmp_path, "guest", "job", "task-1")
    Watch(tmp_path, "worker")
    assert Watch(tmp_path).off() == {"guest": f"{DEATHS} processes in a row died in its job"}


def test_a_start_is_tried_only_once_more(tmp_path: Path) -> None:
    for _ in range(STARTING_DEATHS):
        die_in(tmp_path, "guest", "start", "provide_menu")
    assert "guest" in Watch(tmp_path, "worker").off()


def test_kills_by_chance_blame_nobody(tmp_path: Path) -> None:
    for number in range(DEATHS * 3):
        die_in(tmp_path, "guest", "event", f"event {number}")
    assert Watch(tmp_path, "worker").off() == {}


def test_a_call_that_came_back_is_forgotten(tmp_path: Path) -> None:
    for _ in range(DEATHS + 1):
        with Watch(tmp_path, "worker").holding("guest", "job"):
            pass
    assert Watch(tmp_path, "worker").off() == {}


def test_a_hung_call_is_blamed_and_its_worker_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    mine = Watch(tmp_path, "worker")
    with mine.holding("guest", "event", "3"):
        for _ in range(LIMIT - 1):
            mine.look()
        assert (ended, mine.off()) == ([], {})
        mine.look()
    assert ended == [os.EX_TEMPFAIL]
    assert "did not come back" in mine.off()["guest"]


def test_a_hung_panel_costs_one_thread_and_no_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("begun anew"))
    monkeypatch.setattr(sys, "orig_argv", ["python"])
    mine = Watch(tmp_path, "server")
    with mine.holding("guest", "panel"):
        for _ in range(LIMIT):
            mine.look()
        assert mine.is_stuck("guest", "panel")
        assert not mine.is_stuck("guest", "event")
    assert "guest" in mine.off()


def test_an_essential_plugin_is_not_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "_exit", lambda _code: None)
    mine = Watch(tmp_path, "worker")
    mine.blamed = lambda name, reason: False
    with mine.holding("accounts", "event"):
        for _ in range(LIMIT):
            mine.look()
    assert mine.off() == {}


def test_after_a_deliberate_end_everybody_gets_another_chance(tmp_path: Path) -> None:
    for _ in range(STARTING_DEATHS):
        die_in(tmp_path, "guest", "import")
    server = Watch(tmp_path, "server")
    assert "guest" in Watch(tmp_path, "worker").off()
    server.forget()
    assert Watch(tmp_path).off() == {}


def test_a_damaged_note_blames_nobody(tmp_path: Path) -> None:
    (tmp_path / "worker.hands").write_bytes(b"\xff\t\xfe" * 300)
    (tmp_path / "worker.blame").write_bytes(b"{half")
    assert Watch(tmp_path, "worker").off() == {}


def test_a_disk_that_takes_no_notes_stops_no_start(tmp_path: Path) -> None:
    (tmp_path / "worker.hands").mkdir()
    with Watch(tmp_path, "worker").holding("guest", "job"):
        pass


def test_more_calls_than_places_are_still_made(tmp_path: Path) -> None:
    mine = Watch(tmp_path, "worker")
    for _ in range(watch._SLOTS * 2):
        KEPT.append(mine.holding("guest", "job"))
        KEPT[-1].__enter__()
    with mine.holding("guest", "job"):
        pass
