"""Where networks are bad: a server, a bureau that is no child of it, a mail server, a proxy on each way."""

from __future__ import annotations

import os
import random
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.clerk import Browser
from plugins.bureau.service import APP_KEY, SECRET
from plugins.bureau.session import Session
from tests.faults import toxics_bugs
from tests.faults.kills_crowd import at_most
from tests.faults.kills_site import Site, quiet_port
from tests.faults.mailbox import Mailbox
from tests.faults.proxy import Proxy
from tests.proof.invariants import Problems

SETTLE = 6
HOLD_SECONDS = 3.5
"""So long the weather is bad."""
UI_SECONDS = 2.0
"""The slowest page out of a hundred, while the network is bad."""
BUREAU = (
    "from tests.faults import toxics_bugs; toxics_bugs.patient();"
    " from plugins.bureau.simulator import main; main()"
)


@dataclass
class FarSite(Site):
    """A server whose bureau stands elsewhere, behind a proxy."""

    bureau_url: str = ""

    @cached_property
    def bureau(self) -> Session:
        secret = (self.data / "keys" / SECRET).read_bytes().strip()
        return Session(self.bureau_url, APP_KEY, secret)


@dataclass
class Lane:
    """One server with bad ways to its bureau, from it, and to its mail server."""

    site: FarSite
    to_bureau: Proxy
    from_bureau: Proxy
    to_mail: Proxy
    mailbox: Mailbox
    clerk: Browser
    chance: random.Random
    number: int = 0

    def watch_pages(self, seconds: float) -> Problems:
        """Look at pages for so long; what is wrong with how they answer."""
        waits, tab, end = list[float](), self.clerk.tab(), time.monotonic() + seconds
        while time.monotonic() < end:
            for path in ("/readyz", "/issuing/"):
                began = time.monotonic()
                status, _, _ = tab.ask("GET", path)
                waits.append(time.monotonic() - began)
                if status >= 500:
                    return [f"{path} answered {status}"]
            time.sleep(0.1)
        slow = sorted(waits)[int(len(waits) * 0.99)]
        return [f"pages take {slow:.1f} s"] if slow > UI_SECONDS else []

    def states(self) -> dict[str, str]:
        """Every document's state."""
        found: dict[str, str] = dict(self._read("SELECT id, state FROM _document"))
        return found

    def mails(self) -> dict[str, tuple[str, str]]:
        """State and last error of every mail, by recipient."""
        return {to: (state, error) for to, state, error in self._read(
            "SELECT recipient, state, error FROM accounts_mail")}  # fmt: skip

    def _read(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.site.data / "fapiao.db", timeout=30)) as link:
            return link.execute(sql).fetchall()


def wait_for(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; whether it came to be."""
    for _ in at_most(seconds):
        if is_so():
            return True
    return is_so()


@contextmanager
def lane(folder: Path, seed: int, plant: str, *, demo: bool = True) -> Iterator[Lane]:
    """Everything of a lane, running; `demo` without mail, or a plain server with mail."""
    port, bureau_port, data = quiet_port(), quiet_port(), folder / "data"
    if not (data / "keys" / SECRET).exists():
        (data / "keys").mkdir(parents=True, mode=0o700)
        (data / "keys" / SECRET).write_text(secrets.token_hex(32))
        (data / "keys" / SECRET).chmod(0o600)
    mailbox = Mailbox()
    # Not 127.0.0.1: at another address the bureau is not the server's own to start.
    to_bureau = Proxy("127.0.0.2", ("127.0.0.1", bureau_port), seed)
    from_bureau = Proxy("127.0.0.3", ("127.0.0.1", port), seed)
    to_mail = Proxy("127.0.0.4", ("127.0.0.1", mailbox.port), seed)
    settings = {
        "FAPIAO_BUREAU_URL": f"http://127.0.0.2:{to_bureau.port}", "FAPIAO_DEMO": str(int(demo)),
        "FAPIAO_BASE_URL": f"http://127.0.0.3:{from_bureau.port}",
        "FAPIAO_BUREAU_SETTLE_SECONDS": str(SETTLE), "FAPIAO_BUREAU_IDEMPOTENT": "0",
        "FAPIAO_BUREAU_DELAY_MS": "1000",
        "FAPIAO_ACCOUNTS_SMTP_HOST": "127.0.0.4", "FAPIAO_ACCOUNTS_SMTP_PORT": str(to_mail.port),
        "FAPIAO_ACCOUNTS_SMTP_SECURITY": "none",
    }  # fmt: skip
    program = ("tests.faults.kills_planted", f"{toxics_bugs.__name__}:{plant or 'patient'}")
    site = FarSite(
        data, port, settings=settings, program=program, bureau_url=f"http://127.0.0.1:{bureau_port}"
    )
    bureau = _bureau(data, bureau_port)
    try:
        site.start()
        clerk = Browser(port)
        if demo:
            clerk.sign_in()
        yield Lane(site, to_bureau, from_bureau, to_mail, mailbox, clerk, random.Random(seed), seed * 1000)
    finally:
        site.end()
        bureau.kill()
        bureau.wait()
        for proxy in (to_bureau, from_bureau, to_mail):
            proxy.close()
        mailbox.close()


def _bureau(data: Path, port: int) -> subprocess.Popen[bytes]:
    with (data.parent / "bureau.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", BUREAU, "--data", str(data / "bureau"), "--port", str(port),
             "--app-key", APP_KEY, "--secret-file", str(data / "keys" / SECRET), "--delay-ms", "1000",
             "--not-idempotent"],
            env={k: v for k, v in os.environ.items() if not k.startswith("FAPIAO")}, stdout=log, stderr=log,
        )  # fmt: skip
