"""Processes that start and stop with the server (the simulated bureau is one)."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from core import clock, net
from core.contributions import Companion
from core.errors import StartError
from core.instance import Folder
from core.settings import PREFIX

log = logging.getLogger(__name__)

READY_SECONDS = 15.0
LONGEST_PAUSE = 60.0


class Companions:
    """A context: companions run inside it, are started again if they die, and end with it."""

    def __init__(
        self, companions: Sequence[Companion], folder: Folder, code: Path, environ: Mapping[str, str],
        attempt: Callable[[Companion, Callable[[Companion], None]], None] = lambda it, step: step(it),
    ) -> None:  # fmt: skip
        self._companions = list(companions)
        self._attempt = attempt
        self._folder = folder
        self._environ = environ
        self._code = code
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths: dict[str, tuple[int, float]] = {}
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._mind, name="fapiao-companions", daemon=True)

    def __enter__(self) -> Companions:
        with ExitStack() as otherwise:
            otherwise.callback(self._end)
            for companion in self._companions:
                self._attempt(companion, self._start)
            self._companions = [it for it in self._companions if it.name in self._running]
            for companion in self._companions:
                self._await(companion)
            otherwise.pop_all()
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._watch.join()
        self._end()

    def _end(self) -> None:
        for process in reversed(self._running.values()):
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def join(self, companion: Companion) -> None:
        """One more, started now and stopped first."""
        self._start(companion)
        self._companions.append(companion)

    def nudge(self, name: str) -> None:
        """Wake a companion that waits for its standard input; one that is awake anyway misses nothing."""
        stdin = self._running[name].stdin
        try:
            if stdin is not None:
                os.write(stdin.fileno(), b"\n")
        except (BlockingIOError, BrokenPipeError, ValueError):
            return

    def _start(self, companion: Companion) -> None:
        before = self._running.get(companion.name)
        if before is not None and before.stdin:
            before.stdin.close()
        paths = [str(self._code), *(path for path in sys.path if path)]
        log_file = open(self._folder.root / f"{companion.name}.log", "ab")  # noqa: SIM115
        with log_file:
            module = [companion.module] if companion.follows else ["core.leash", companion.module]
            started = subprocess.Popen(
                [sys.executable, "-m", *module, *companion.arguments(str(self._folder.root))],
                env={**self._told(companion), "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.PIPE,
                stdout=log_file,
                stderr=log_file,
                start_new_session=True,
            )
        if started.stdin is not None:
            os.set_blocking(started.stdin.fileno(), False)
        self._running[companion.name] = started

    def _told(self, companion: Companion) -> dict[str, str]:
        # The settings hold passwords: only the worker, which is the server itself, is given them.
        whole = {**os.environ, **self._environ}
        return {n: text for n, text in whole.items() if companion.follows or not n.startswith(PREFIX)}

    def _await(self, companion: Companion) -> None:
        if companion.ready is None:
            return
        end = clock.steady() + READY_SECONDS
        while clock.steady() < end:
            if self._running[companion.name].poll() is not None:
                break
            if _answers(companion.ready()):
                return
            clock.sleep(0.05)
        raise StartError(
            f"{companion.name} did not start; see {self._folder.root / (companion.name + '.log')}"
        )

    def _mind(self) -> None:
        while not self._stop.wait(0.5):
            for companion in list(self._companions):
                deaths, not_before = self._deaths.get(companion.name, (0, 0.0))
                if self._running[companion.name].poll() is None or clock.steady() < not_before:
                    continue
                # One that dies again and again is tried ever less often, and never given up.
                deaths = deaths + 1 if clock.steady() - not_before < LONGEST_PAUSE else 1
                self._deaths[companion.name] = deaths, clock.steady() + min(2.0**deaths, LONGEST_PAUSE)
                log.warning("%s ended by itself and is started again", companion.name)
                try:
                    self._attempt(companion, self._start)
                except OSError as error:
                    log.error("%s cannot be started: %s", companion.name, error)


def _answers(url: str) -> bool:
    base, _, path = url.partition("://")
    host, _, rest = path.partition("/")
    try:
        return (
            net.Client(f"{base}://{host}", "readiness", inside=True).request("GET", f"/{rest}").status == 200
        )
    except (net.NotConnected, net.NoAnswer):
        return False
