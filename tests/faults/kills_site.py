"""A server under fire: its processes and their deaths, the bureau beside it, and what both wrote down."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from benchmarks.storm import Server
from core.invocation import EXIT_USAGE
from plugins.bureau.service import APP_KEY, SECRET
from plugins.bureau.session import Session
from tests.faults.kills_processes import Process, children, queued, zombies
from tests.proof.invariants import Entry
from tests.proof.record import OPEN, Record

READY_SECONDS = 3.0
LINGER_SECONDS = 15.0
"""A worker finishes what it has in hand; so long after its server none may be left."""


@dataclass
class Site(Server):
    """A server with what a test asks of it.

    :ivar owns: seconds of each start without those in which others had the processor.
    """

    owns: list[float] = field(default_factory=list)
    left: list[tuple[float, Process]] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self.process is not None
        return self.process.pid

    @cached_property
    def company(self) -> str:
        """The demo company's id."""
        return str(json.loads((self.data / "demo.json").read_text())["company"])

    @cached_property
    def bureau(self) -> Session:
        """A session of our own with the bureau, for its controls."""
        secret = (self.data / "keys" / SECRET).read_bytes().strip()
        return Session(self.environ["FAPIAO_BUREAU_URL"], APP_KEY, secret)

    def start(self) -> None:
        """Start, and note how long that took."""
        super().start()
        waited = queued(self.pid) + sum(queued(each.pid) for each in self.family("bureau"))
        self.owns.append(self.starts[-1] - waited)

    def family(self, *names: str) -> list[Process]:
        """The server's companions, or those of these names."""
        return [each for each in children(self.pid) if not names or each.name in names]

    def strike(self, *companions: str) -> None:
        """`kill -9` of the server and of the companions named, in one breath."""
        family = self.family()
        for each in family:
            if each.name in companions:
                _kill(each.pid)
        self.kill()
        self.left += [(time.monotonic(), each) for each in family]

    def strike_companion(self, name: str) -> list[str]:
        """`kill -9` of a companion alone; what is wrong if the server does not put another in its place."""
        before = self.family(name)
        for each in before:
            _kill(each.pid)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if any(each not in before for each in self.family(name)):
                return [f"{zombies(self.pid)} dead children are kept"] if zombies(self.pid) else []
            time.sleep(0.05)
        return [f"10 s after its death there is no other {name}"]

    def lingering(self) -> list[str]:
        """Companions that outlive their server for too long."""
        now = time.monotonic()
        self.left = [(since, each) for since, each in self.left if each.is_alive]
        return [
            f"{each.name} ({each.pid}) lives {now - since:.0f} s after its server"
            for since, each in self.left if now - since > LINGER_SECONDS
        ]  # fmt: skip

    def slow(self) -> list[str]:
        """What is wrong with the last start."""
        own = self.owns[-1]
        return [f"ready after {own:.1f} s of its own"] if own > READY_SECONDS else []

    def rival(self) -> list[str]:
        """Start a second server on the same folder; what is wrong if it is not refused in one line."""
        command = [
            sys.executable,
            "-X",
            "faulthandler",
            "-m",
            *self.program,
            "--data",
            str(self.data),
            "serve",
            "--port",
        ]
        tried = subprocess.Popen(
            [*command, str(quiet_port())], env={**os.environ, **self.environ}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            _, said = tried.communicate(timeout=25)
        except subprocess.TimeoutExpired:
            tried.send_signal(signal.SIGABRT)
            return [f"a second server stays on the same folder: {tried.communicate()[1][:1500]}"]
        finally:
            tried.kill()
            tried.wait()
        if tried.returncode != EXIT_USAGE or "already uses" not in said:
            return [f"a second server ended with {tried.returncode}: {said.strip()[-200:]}"]
        return []

    def open_documents(self) -> list[tuple[str, str, str, int]]:
        """Id, state, serial and version of what is not settled."""
        marks = ",".join("?" * len(OPEN))
        sql = f"SELECT id, state, serial, version FROM _document WHERE state IN ({marks})"
        return [tuple(row) for row in self._read("fapiao.db", sql, *OPEN)]

    def in_flight(self) -> set[str]:
        """Documents that are marked as on their way."""
        return {row[0] for row in self._read("fapiao.db", "SELECT id FROM _document WHERE state = 'sending'")}

    def at_work(self) -> set[str]:
        """Who has work in hand: each run of a worker under a name of its own."""
        sql = "SELECT DISTINCT lease_owner FROM _task WHERE state = 'leased'"
        return {row[0] for row in self._read("fapiao.db", sql)}

    def books(self) -> list[Entry]:
        """What the bureau issued, read from its own file."""
        sql = "SELECT serial, number, buyer, total FROM invoice WHERE failed = ''"
        return [Entry(*row) for row in self._read("bureau/bureau.db", sql)]

    def record(self) -> Record:
        """What the server wrote down."""
        return Record(self.data)

    def _read(self, name: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.data / name, timeout=30)) as link:
            return link.execute(sql, values).fetchall()

    def end(self) -> None:
        """Leave nothing behind, however far it came."""
        if self.process is not None and self.process.poll() is None:
            self.strike("worker", "bureau")
        for _, each in self.left:
            if each.is_alive:
                _kill(each.pid)


def quiet_port() -> int:
    """A port with its neighbour, both free, that no outgoing connection takes while a server restarts."""
    while True:
        # Below where Linux takes ports of its own accord (ip_local_port_range).
        port = secrets.randbelow(12_000) + 20_000
        try:
            for each in (port, port + 1):
                with socket.create_server(("127.0.0.1", each)):
                    pass
        except OSError:
            continue
        return port


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def opened(site: Site) -> Iterator[Site]:
    """A running server, ended with the block.

    :raise SystemExit: it does not start.
    """
    try:
        site.data.parent.mkdir(parents=True, exist_ok=True)
        site.start()
        yield site
    finally:
        site.end()
