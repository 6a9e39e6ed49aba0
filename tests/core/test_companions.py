"""Processes beside the server: started again when they die, ever less often, and ended with it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from core.companions import Companions
from core.contributions import Companion
from core.errors import StartError
from core.house import CODE
from core.instance import Folder


def beside(folder: Path, companion: Companion) -> Companions:
    return Companions([companion], Folder(folder), CODE, {})


def test_one_that_dies_at_once_is_started_again_ever_less_often(tmp_path: Path) -> None:
    with beside(tmp_path, Companion("short", "this", lambda data: [])):
        time.sleep(6)
    lives = (tmp_path / "short.log").read_text().count("Zen of Python")
    assert 2 <= lives <= 4


def test_one_that_cannot_be_started_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    companions = beside(tmp_path, Companion("short", "this", lambda data: []))
    with companions:
        companions._running["short"].wait(20)

        def refuse(*_: object, **__: object) -> None:
            raise OSError("too many open files")

        monkeypatch.setattr(subprocess, "Popen", refuse)
        time.sleep(1.5)
        assert companions._watch.is_alive()


def test_one_that_never_answers_stops_the_start_in_one_line(tmp_path: Path) -> None:
    silent = Companion("silent", "this", lambda data: [], ready=lambda: "http://127.0.0.1:1/")
    with (
        pytest.raises(StartError, match=r"silent did not start; see .*silent\.log"),
        beside(tmp_path, silent),
    ):
        pass
