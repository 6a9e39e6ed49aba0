"""A demo server in its own process, and a real Chromium that fails on any breach of the page's policy."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.contract.test_wheel import free_port

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH_POLICY = """
window.breaches = [];
document.addEventListener('securitypolicyviolation',
  e => window.breaches.push(e.violatedDirective + ' ' + e.blockedURI));
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh demo server."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    environ = {
        **os.environ,
        "FAPIAO_BUREAU_URL": f"http://127.0.0.1:{free_port()}",
        "FAPIAO_BUREAU_DELAY_MS": "600",
    }
    command = [
        sys.executable,
        "-m",
        "core.cli",
        "--data",
        str(folder / "data"),
        "serve",
        "--demo",
        "--port",
        str(port),
    ]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, env=environ, stdout=log, stderr=log) as server,
    ):
        try:
            await_ready(port, server, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def await_ready(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()
        try:
            link = HTTPConnection("127.0.0.1", port, timeout=2)
            link.request("GET", "/healthz")
            if link.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            link.close()
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(site: str, chromium: Browser) -> Iterator[Open]:
    """Opens pages as a demo user; breaches of the content security policy fail the test."""
    opened: list[Page] = []

    def make(role: str = "", *, width: int = 1280, script: bool = True, locale: str = "zh-CN") -> Page:
        context = chromium.new_context(
            base_url=site, viewport={"width": width, "height": 900}, java_script_enabled=script, locale=locale
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        if script:
            context.add_init_script(WATCH_POLICY)
            opened.append(page)
        if role:
            sign_in(page, role)
        return page

    yield make
    for page in opened:
        assert page.evaluate("window.breaches") == []


def sign_in(page: Page, role: str) -> None:
    page.goto("/accounts/sign-in")
    page.fill("input[name=login] >> visible=true", f"{role}@demo.fapiao")
    page.fill("input[name=password] >> visible=true", "Fapiao-demo-1")
    page.press("input[name=password] >> visible=true", "Enter")
    page.wait_for_url("**/")
