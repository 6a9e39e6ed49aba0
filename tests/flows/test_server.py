"""The server as an operator meets it: one line for what is in the way, and a clean end, however it comes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.source import ROOT
from tests.contract.test_wheel import await_answer, free_port, get

pytestmark = pytest.mark.slow


class Servers:
    """Server processes of one test, ended with it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bureau = folder, free_port()
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, port: int, *more: str) -> subprocess.Popen[bytes]:
        environ = {**os.environ, "FAPIAO_BUREAU_URL": f"http://127.0.0.1:{self.bureau}"}
        command = [sys.executable, "-m", "core.cli", "--data", str(self.folder / "data"), "serve"]
        process = subprocess.Popen(
            [*command, "--port", str(port), *more],
            env=environ,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.started.append(process)
        return process

    def refused(self, port: int) -> str:
        """What a server says that does not start."""
        process = self.start(port)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 2
        return said.decode()

    def beside(self) -> list[int]:
        """Processes that were started for this data folder and still run."""
        mark, found = str(self.folder / "data").encode(), []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if mark in entry.read_bytes():
                    found.append(int(entry.parent.name))
            except OSError:
                continue
        return found

    def all_ended(self, seconds: float = 15) -> bool:
        end = time.monotonic() + seconds
        while self.beside() and time.monotonic() < end:
            time.sleep(0.1)
        return not self.beside()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    made = Servers(tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_ctrl_c_ends_everything_and_the_next_start_goes_on(servers: Servers) -> None:
    port = free_port()
    for _ in range(2):
        server = servers.start(port)
        await_answer(port, server)
        assert len(servers.beside()) == 3, "the server, its worker and the simulated bureau"
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
        assert servers.all_ended()


def test_a_killed_server_leaves_no_process_behind(servers: Servers) -> None:
    port = free_port()
    server = servers.start(port)
    await_answer(port, server)
    server.kill()
    assert servers.all_ended()


def test_a_second_server_on_the_same_folder_is_one_line(servers: Servers) -> None:
    port = free_port()
    first = servers.start(port)
    await_answer(port, first)
    said = servers.refused(free_port())
    assert re.fullmatch(r"fapiao: another server \(process \d+\) already uses .*\n", said)
    assert get(port, "/healthz")[0] == 200


def test_a_taken_port_is_one_line(servers: Servers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = servers.refused(port)
    assert re.fullmatch(rf"fapiao: port {port} on 127\.0\.0\.1 cannot be used .*--port\n", said)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("FAPIAO_NO_SUCH_THING", "1"), ("FAPIAO_PORT", "eighty"), ("FAPIAO_DEMO", "perhaps")],
)
def test_a_wrong_setting_is_one_line(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    process = servers.start(0) if variable == "FAPIAO_PORT" else servers.start(free_port())
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert re.fullmatch(rf"fapiao: {variable}.*\n", said.decode())


def test_an_old_python_is_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.8.10" && exit 0\nexit 1\n')
    old.chmod(0o755)
    command = ["make", "--no-print-directory", "run", f"PYTHON={old}", f"VENV={tmp_path / 'env'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Fapiao needs Python 3.11 or newer" in done.stdout
    assert "3.8.10" in done.stdout
