"""Many hands on one button: the same request at once, from many connections, to one real server."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.clerk import Browser
from tests.faults.kills_site import Site

WIDTH = 64
Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. `place` is where it leads; status 0 is no answer at all."""

    status: int
    place: str
    page: str

    @property
    def bytes(self) -> bytes:
        """What has to be the same: where it leads, and what it says."""
        return f"{self.place}\n{self.page}".encode()


class Storm:
    """Tabs of one clerk's browser, and a pool of threads to press their buttons."""

    def __init__(self, clerk: Browser) -> None:
        self._tabs = [clerk.tab() for _ in range(WIDTH)]
        self._pool = ThreadPoolExecutor(WIDTH)

    def press(self, presses: Sequence[tuple[str, Form]]) -> list[Said]:
        """Post these forms to these paths, all in one moment."""
        start = threading.Barrier(len(presses))

        def one(tab: Browser, path: str, form: Form) -> Said:
            start.wait(30)
            try:
                return Said(*tab.ask("POST", path, form))
            except (OSError, http.client.HTTPException) as error:
                return Said(0, "", repr(error))

        asked = [self._pool.submit(one, tab, *press) for tab, press in zip(self._tabs, presses, strict=False)]
        return [each.result(60) for each in asked]

    def close(self) -> None:
        """No more storms."""
        self._pool.shutdown()


class Commands:
    """The same request from the command line: processes of their own, beside the server."""

    def __init__(self, site: Site, order: Mapping[str, object], count: int) -> None:
        command = [sys.executable, "-m", "core.cli", "--data", str(site.data), "--company", site.company]
        self._running = [
            subprocess.Popen(
                [*command, "issue", "-", "--wait", "0", "--json"],
                env={**os.environ, **site.environ}, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for _ in range(count)
        ]  # fmt: skip
        self._order = json.dumps(order)

    def finish(self) -> list[tuple[int, str]]:
        """Exit code and document of each; what it complained of in the document's place."""
        found = []
        # All are told at once what to ask for, and read it when they are ready.
        for process in self._running:
            assert process.stdin is not None
            process.stdin.write(self._order)
            process.stdin.close()
            process.stdin = None
        for process in self._running:
            said, complaint = process.communicate(timeout=60)
            document = json.loads(said)[0]["document"] if said.strip() else None
            found.append((process.returncode, str(document["id"]) if document else complaint[-200:]))
        return found
