"""An operator's worst day: the disk is lost, a snapshot is put back, and no invoice is issued twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.clerk import Browser
from tests.contract.source import ROOT
from tests.contract.test_wheel import await_answer, free_port, get

pytestmark = pytest.mark.slow

ISSUED = re.compile(r"\b\d{20}\b")


class Site:
    """One installation with the demo company, driven through its program."""

    def __init__(self, folder: Path) -> None:
        self.data, self.port = folder / "data", free_port()
        self.started: list[subprocess.Popen[bytes]] = []
        self.environ = {
            **os.environ,
            "FAPIAO_BUREAU_URL": f"http://127.0.0.1:{free_port()}",
            "FAPIAO_BUREAU_SETTLE_SECONDS": "3",
            "FAPIAO_BUREAU_DELAY_MS": "50",
        }

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "core.cli", "--data", str(self.data), *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False, timeout=60
        )

    def serve(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "core.cli", "--data", str(self.data), "serve", "--demo",
                   "--port", str(self.port)]  # fmt: skip
        server = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE)  # fmt: skip
        self.started.append(server)
        await_answer(self.port, server)
        return server

    def end(self) -> None:
        """End whatever a failed test left running."""
        for server in self.started:
            if server.poll() is None:
                server.kill()
            server.communicate()

    def issued(self, browser: Browser, number: int) -> str:
        """Ask for an invoice and wait for its number."""
        place = browser.issue(number)
        for _ in range(100):
            found = ISSUED.search(browser.patiently("GET", place)[2])
            if found:
                return found[0]
            time.sleep(0.1)
        raise AssertionError(f"{place} was not issued")


def stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=30)
    assert server.returncode == 0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.end()


def test_the_day_the_disk_died(site: Site, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    server = site.serve()
    browser = Browser(site.port)
    browser.sign_in()
    kept = site.issued(browser, 1)
    done = site.call("snapshot", "take", str(snapshot))
    assert done.returncode == 0, done.stderr
    lost = site.issued(browser, 2)
    stop(server)

    refused = site.call("restore", str(snapshot))
    assert (refused.returncode, "--old-is-off" in refused.stderr) == (2, True)
    done = site.call("restore", str(snapshot), "--old-is-off")
    assert done.returncode == 0, done.stderr
    assert re.search(r"the witness saw \d+ events that are not in it", done.stdout), done.stdout
    done = site.call("ledger", "verify")
    assert done.returncode == 0, done.stdout + done.stderr

    server = site.serve()
    assert get(site.port, "/readyz")[0] == 503
    assert json.loads(site.call("doctor", "--json").stdout)[1]["level"] == "bad"
    browser = Browser(site.port)
    browser.sign_in()
    end = time.monotonic() + 40
    while get(site.port, "/readyz")[0] == 503 and time.monotonic() < end:
        time.sleep(0.2)
    page = browser.patiently("GET", "/differences")[2]
    assert lost in page, "what the restore forgot is shown"
    assert kept not in page
    assert site.issued(browser, 2) == lost, "asked for again, it is the same invoice"
    assert site.issued(browser, 3) not in (kept, lost)
    stop(server)
    assert site.call("doctor").returncode == 0
    done = site.call("ledger", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_running_server_is_not_restored_over(site: Site, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    server = site.serve()
    assert site.call("snapshot", "take", str(snapshot)).returncode == 0
    assert site.call("snapshot", "check", str(snapshot)).stdout == "sound\n"
    done = site.call("restore", str(snapshot), "--old-is-off")
    assert (done.returncode, "already uses" in done.stderr) == (2, True)
    assert get(site.port, "/healthz")[0] == 200
    stop(server)


def test_thawing_an_open_house_says_so(site: Site) -> None:
    done = site.call("thaw")
    assert (done.returncode, done.stdout) == (0, "Issuing is open.\n")
