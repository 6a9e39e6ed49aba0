"""A cage for one specimen: a folder where it is installed, a server with it, and somebody who watches.

A specimen is presented as any stranger's plugin is: a package and its `entry_points.txt` in a folder on
the path. The keeper does what an operator's supervisor does: a server that ended is started again.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import re
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.contract.source import ROOT
from tests.contract.test_wheel import free_port
from tests.faults import zoo_server

HERE = Path(__file__).parent
SPECIMENS = HERE / "specimens"
STARTS = 4
PATIENCE = 10.0
forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(["tests.faults.zoo_server"])


def install(site: Path, name: str, module: str = "") -> Path:
    """Enter a plugin in the books of a folder on the path; the folder of its package."""
    plain = re.sub(r"\W", "_", name)
    books = site / f"{plain}-1.0.dist-info"
    books.mkdir(parents=True)
    (books / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {plain.strip('_')}\nVersion: 1.0\n")
    (books / "entry_points.txt").write_text(f"[fapiao]\n{name} = {module or name + '.plugin'}\n")
    package = site / (module or name).partition(".")[0]
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    return package


def install_neighbour(site: Path) -> None:
    """The well-behaved plugin beside each specimen."""
    package = install(site, "desk")
    shutil.copy2(HERE / "zoo_desk.py", package / "plugin.py")
    (package / "templates" / "desk").mkdir(parents=True)
    (package / "templates" / "desk" / "panel.html").write_text("{{ values.text }}")


@dataclass
class Reply:
    """What the server said, and how long it took; status 0 where it said nothing."""

    status: int
    text: str
    seconds: float

    @property
    def json(self) -> Any:
        """The answer, parsed; None where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


@dataclass
class Cage:
    """One data folder with its server."""

    root: Path
    paths: list[str]
    environ: dict[str, str]
    company: str
    plant: str = ""
    port: int = 0
    starts: int = 0
    process: Any = None
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """What the server wrote to its terminal."""
        return self.root.parent / "server.log"

    def start(self) -> None:
        """Start the server."""
        self.port = self.port or free_port()
        self.starts += 1
        given = (str(self.root), self.port, self.paths, str(self.log), self.environ, self.plant)
        self.process = forks.Process(target=zoo_server.serve, args=given)
        self.process.start()

    def await_page(self, patience: float = PATIENCE) -> float:
        """Start, and start again what ended, until core's page answers; the seconds it took, or infinity."""
        began = time.monotonic()
        self.start()
        while time.monotonic() - began < patience * STARTS:
            if self.ask("GET", "/healthz", patience=2).status == 200:
                return time.monotonic() - began
            if not self.process.is_alive():
                if self.starts >= STARTS:
                    break
                began = time.monotonic()
                self.start()
            time.sleep(0.03)
        return float("inf")

    def keep_up(self) -> bool:
        """Start the server again if it ended; whether it had."""
        if self.process.is_alive() or self.starts >= STARTS + 2:
            return False
        self.await_page()
        return True

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, patience: float = PATIENCE,
            company: str = "", role: str = "owner") -> Reply:  # fmt: skip
        """One request as the clerk."""
        headers = {"X-Desk-User": "user-1", "X-Desk-Company": company or self.company, "X-Desk-Role": role,
                   "Accept": "text/html, application/json;q=0.5"}  # fmt: skip
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = urlencode(form) if form is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.monotonic()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            text = answer.read().decode(errors="replace")
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Reply(answer.status, text, time.monotonic() - began)
        except (OSError, http.client.HTTPException):
            return Reply(0, "", time.monotonic() - began)
        finally:
            link.close()

    def switch_off(self, name: str) -> Reply:
        """Switch a module off for the company, as its admin does on the modules' page."""
        page = self.ask("GET", "/modules")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        form = {"csrf_token": token.group(1) if token else "", "enabled": ""}
        return self.ask("POST", f"/modules/{name}", form)

    def stop(self, patience: float = 15.0) -> bool:
        """End the server as an operator does; False where it had to be killed."""
        ended = True
        if self.process.is_alive():
            os.kill(self.process.pid, signal.SIGTERM)
            self.process.join(patience)
            ended = not self.process.is_alive()
        self.sweep()
        return ended

    def sweep(self) -> None:
        """Leave no process of this cage behind: its server's group, and whatever mentions its folder."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.join(5)
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ValueError):
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                if str(self.root.parent).encode() in told and int(entry.name) not in (
                    os.getpid(),
                    os.getppid(),
                ):
                    os.kill(int(entry.name), signal.SIGKILL)

    def said(self) -> str:
        """All logs."""
        logs = [self.log, *self.root.glob("*.log")]
        return "\n".join(path.read_text(errors="replace") for path in logs if path.exists())


def neighbours() -> dict[str, str]:
    """The environment of a server in the zoo."""
    return {"FAPIAO_PLUGINS": zoo_server.NEIGHBOURS, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
