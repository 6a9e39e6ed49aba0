"""Capped children: what they may not do, how they end, and that whoever asked goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core import capped, syscalls
from core.capped import Caps, Refused
from tests.contract.source import ROOT

TASKS = "tests.core.capped_tasks"
QUICK = Caps(seconds=1, memory=64 << 20, output=1 << 20)

walled = pytest.mark.skipif(not syscalls.numbers(), reason="no filter of system calls for this machine")


@pytest.fixture
def fresh() -> Iterator[None]:
    """A kitchen of this test's own."""
    capped.close()
    yield
    capped.close()


def kind(name: str, payload: bytes = b"", caps: Caps = QUICK) -> str:
    """How a task is refused."""
    with pytest.raises(Refused) as caught:
        capped.run(f"{TASKS}:{name}", payload, caps)
    return caught.value.kind


def pid() -> int:
    """The kitchen's process."""
    assert capped._kitchen is not None
    return capped._kitchen._process.pid


def ended(number: int, seconds: float = 5) -> bool:
    """Whether a process ends in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("size", [0, 1, 65_536, 20_000_000])
def test_octets_go_there_and_back(size: int) -> None:
    payload = os.urandom(size)
    assert capped.run(f"{TASKS}:echo", payload) == payload


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("hang", "time"), ("hang_deafly", "time"), ("spin", "time"), ("hoard", "memory"),
     ("hoard_small", "memory"), ("fault", "crash"), ("abort", "crash"), ("leave_politely", "crash"),
     ("dig", "crash"), ("break_down", "crash"), ("refuse", "error"), ("flood", "size")],
)  # fmt: skip
def test_whatever_happens_is_a_refusal(name: str, wanted: str) -> None:
    began = time.monotonic()
    assert kind(name) == wanted
    assert time.monotonic() - began < 3
    assert capped.run(f"{TASKS}:echo", b"on") == b"on"


def test_what_is_too_large_is_refused() -> None:
    assert kind("inflate", b"1048577") == "size"
    assert len(capped.run(f"{TASKS}:inflate", b"1048576", QUICK)) == 1 << 20
    assert kind("echo", bytes(11), Caps(input=10)) == "size"


def test_ending_without_an_answer_is_a_crash() -> None:
    assert kind("leave", b"0") == "crash"
    assert kind("leave", b"7") == "crash"


def test_a_refusal_speaks_in_the_tasks_words() -> None:
    with pytest.raises(Refused) as caught:
        capped.run(f"{TASKS}:refuse", b"<b>\n\x1b[31m")
    assert caught.value.detail == "第 3 行不对<b>\n?[31m"
    assert caught.value.reason == "内容无法处理:第 3 行不对<b>\n?[31m"
    assert caught.value.status == 422


def test_an_unknown_task_is_a_bug() -> None:
    for task in ("tests.core.nothing:echo", f"{TASKS}:nothing"):
        with pytest.raises(LookupError):
            capped.run(task, b"")


def test_nothing_is_kept_between_jobs() -> None:
    assert [capped.run(f"{TASKS}:remember", b"") for _ in range(3)] == [b"1"] * 3


def what_can_be_had(task: str, tmp_path: Path) -> Any:
    file = tmp_path / "fapiao.db"
    file.write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = {"port": server.getsockname()[1], "server": os.getpid(), "file": str(file)}
        had = json.loads(capped.run(task, json.dumps(asked).encode()))
    assert file.read_text() == "secret"
    assert [path.name for path in tmp_path.iterdir()] == ["fapiao.db"]
    return had


@walled
def test_a_child_reaches_nothing(tmp_path: Path) -> None:
    assert what_can_be_had(f"{TASKS}:look_round", tmp_path) == []


@walled
def test_a_child_reaches_nothing_without_landlock(tmp_path: Path, fresh: None) -> None:
    assert what_can_be_had("tests.core.capped_tasks_sealed:look_round", tmp_path) == []


@walled
def test_the_walls_are_tried() -> None:
    stand = capped.walls()
    assert {name for name, stands in stand.items() if not stands} <= {"network"}


def test_a_child_has_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    monkeypatch.setenv("FAPIAO_SECRET", "sesame")
    capped.run(f"{TASKS}:echo", b"")
    assert b"sesame" not in Path(f"/proc/{pid()}/environ").read_bytes()


def test_a_kitchen_that_died_is_started_again(fresh: None) -> None:
    capped.run(f"{TASKS}:echo", b"")
    before = pid()
    os.kill(before, signal.SIGKILL)
    assert capped.run(f"{TASKS}:echo", b"x") == b"x"
    assert pid() != before


def test_a_kitchen_that_dies_at_work_refuses_its_jobs_and_no_others(fresh: None) -> None:
    capped.run(f"{TASKS}:echo", b"")
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(kind, "hang", b"", Caps(seconds=20))
        time.sleep(0.3)
        os.kill(pid(), signal.SIGKILL)
        assert job.result(5) == "crash"
    assert capped.run(f"{TASKS}:echo", b"x") == b"x"


def test_a_kitchen_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    capped.run(f"{TASKS}:echo", b"")
    monkeypatch.setattr(capped, "START_SECONDS", 0.5)
    before = pid()
    os.kill(before, signal.SIGSTOP)
    assert kind("echo", b"x", Caps(seconds=0.5)) == "time"
    assert ended(before)
    monkeypatch.undo()
    assert capped.run(f"{TASKS}:echo", b"x") == b"x"


def test_a_kitchen_is_replaced_after_so_many_jobs(monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    monkeypatch.setattr(capped, "JOBS_EACH", 3)
    kitchens = []
    for _ in range(7):
        capped.run(f"{TASKS}:echo", b"")
        kitchens.append(pid())
    assert len(set(kitchens)) == 3
    assert all(ended(number) for number in kitchens[:6])


def test_one_that_works_is_replaced_only_when_it_is_done(
    monkeypatch: pytest.MonkeyPatch, fresh: None
) -> None:
    monkeypatch.setattr(capped, "JOBS_EACH", 1)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(kind, "hang", b"", Caps(seconds=0.7))
        time.sleep(0.3)
        before = pid()
        assert capped.run(f"{TASKS}:echo", b"x") == b"x"
        assert pid() != before
        assert slow.result(5) == "time"
    assert ended(before)


def test_many_threads_at_once() -> None:
    def ask(number: int) -> bool:
        payload = str(number).encode() * 1000
        return capped.run(f"{TASKS}:echo", payload) == payload

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(80)))


def test_too_many_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capped, "_turns", threading.BoundedSemaphore(1))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(kind, "hang")
        time.sleep(0.3)
        with pytest.raises(Refused) as caught:
            capped.run(f"{TASKS}:echo", b"", Caps(queue=0.1))
        assert (caught.value.kind, caught.value.status) == ("busy", 503)
        assert slow.result(5) == "time"
        assert capped.run(f"{TASKS}:echo", b"x") == b"x"


def test_everything_ends_with_the_server() -> None:
    code = (
        "import threading, time\nfrom core import capped\n"
        f"capped.run('{TASKS}:echo', b'')\n"
        f"threading.Thread(target=capped.run, args=('{TASKS}:hang', b'', capped.Caps(60))).start()\n"
        "time.sleep(0.3)\npid = capped._kitchen._process.pid\n"
        "child = open(f'/proc/{pid}/task/{pid}/children').read().split()[0]\n"
        "print(pid, child, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT) as server:
        assert server.stdout is not None
        kitchen, child = map(int, server.stdout.readline().split())
        server.kill()
    assert ended(kitchen)
    assert ended(child)


def test_threads_are_the_most_a_child_can_have() -> None:
    assert capped.run(f"{TASKS}:thread", b"") in (b"yes", b"no")
