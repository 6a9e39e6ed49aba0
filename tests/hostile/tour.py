"""A tour of a real server with a mail server of the test's own: people who register, mistype and forget."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from random import Random

from tests.contract.test_wheel import free_port
from tests.hostile.browser import Browser
from tests.hostile.mailhouse import Mailhouse
from tests.hostile.world import QUICK

_LINK = re.compile(r"/accounts/(confirm|reset)/([\w.=-]+)")
SERVE = ("-m", "core.cli")


class Planted:
    """The secrets of a tour, by what they are."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.all: dict[str, str] = {}

    def new(self, name: str) -> str:
        """One more, like nothing else that could be there."""
        made = "Zq" + "".join(self._random.choice("bcdfghjkmnpqrstvwxz23456789") for _ in range(18)) + "!7"
        self.all[f"{name} {len(self.all)}"] = made
        return made


def environ(mail: Mailhouse, password: str, port: int) -> dict[str, str]:
    """The server's environment."""
    kept = {name: text for name, text in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return {
        **kept, **QUICK, "FAPIAO_BUREAU_URL": f"http://127.0.0.1:{free_port()}", "FAPIAO_PORT": str(port),
        "FAPIAO_ACCOUNTS_SMTP_HOST": "127.0.0.1", "FAPIAO_ACCOUNTS_SMTP_PORT": str(mail.port),
        "FAPIAO_ACCOUNTS_SMTP_USER": "fapiao", "FAPIAO_ACCOUNTS_SMTP_PASSWORD": password,
        "FAPIAO_ACCOUNTS_SMTP_SECURITY": "none", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip


@contextmanager
def serving(
    root: Path, given: Mapping[str, str], *more: str, program: tuple[str, ...] = SERVE
) -> Iterator[subprocess.Popen[bytes]]:
    """A real server on a folder, ready; `program` is what Python runs."""
    command = [sys.executable, *program, "--data", str(root / "data"), "serve", *more]
    with (root / "server.log").open("ab") as log:
        server = subprocess.Popen(command, env=dict(given), stdout=log, stderr=log)
    try:
        _await(int(given["FAPIAO_PORT"]), server)
        yield server
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and server.poll() is None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as link:
            try:
                link.request("GET", "/healthz")
                if link.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
    raise AssertionError("the server does not answer")


def tour(port: int, mail: Mailhouse, planted: Planted, people: int) -> list[Browser]:
    """What people do and what goes wrong for them; their browsers, with every page they saw."""
    mail.moods += ["535 no", "454 later", "535 no"]
    browsers = [_person(port, mail, planted, number) for number in range(people)]
    stranger = Browser(port)
    for number in range(people):
        # A password typed where the name goes, and one that is wrong.
        stranger.post("/accounts/sign-in", {"login": planted.new("typed as name"), "password": "x"})
        guess = planted.new("wrong password")
        stranger.post("/accounts/sign-in", {"login": f"p{number}@example.cn", "password": guess})
        stranger.get(f"/accounts/reset/{planted.new('made-up link')}")
        stranger.get(f"/verify/public?number={planted.new('query')}&day=x&total=%00")
    stranger.post(
        "/language", {"locale": "en", "next": f"/\n{planted.new('broken page')}"}, "/accounts/sign-in"
    )
    return [*browsers, stranger]


def _person(port: int, mail: Mailhouse, planted: Planted, number: int) -> Browser:
    browser, first, second = Browser(port), planted.new("password"), planted.new("changed password")
    address = f"p{number}@example.cn"
    browser.post("/accounts/register", {
        "as": "person", "name": f"人{number}", "email": address, "mobile": f"138001380{number:02d}",
        "document_kind": "passport", "document": f"E123456{number:02d}", "password": first, "again": first,
    })  # fmt: skip
    if number < 3:  # the mail of the first ones is late: reading it takes the server's own tries
        token = _letter(mail, address, "confirm")
        if token and browser.post(f"/accounts/confirm/{token}", {}) == 200:
            planted.all[f"link of {address}"] = token
            browser.post("/accounts/sign-in", {"login": address, "password": first})
            browser.get(browser.place)
            browser.post("/accounts/password", {"current": first, "password": second, "again": second})
            browser.post("/accounts/security/totp", {"current": planted.new("not my password"), "code": "1"})
            key = re.search(r'id="totp-key">([^<]+)<', browser.seen[-1])
            if key:
                planted.all[f"second step of {address}"] = key[1].strip()
    return browser


def _letter(mail: Mailhouse, address: str, kind: str) -> str:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        for letter in list(mail.letters):
            if address in letter:
                body = letter.partition("\r\n\r\n")[2].replace("\r\n", "").replace("\n", "")
                found = _LINK.search(body) or _LINK.search(_plain(body))
                if found and found[1] == kind:
                    return found[2]
        time.sleep(0.2)
    return ""


def _plain(body: str) -> str:
    try:
        return base64.b64decode(body).decode(errors="replace")
    except ValueError:
        return ""
