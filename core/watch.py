"""Who is at work: which plugin each thread is in, noted where the next process finds it.

A call that takes its process with it, or never comes back, so names itself. What is blamed is off in
every process of the data folder, until an operator ends the server and starts it again.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core import storage
from core.errors import Unavailable

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LIMITS = {"job": 300, "channel": 300, "view": 300, "import": 8, "start": 8, "migration": 1 << 30}
"""So many looks in a row may find the same call at work, by what it is; looks, not seconds: a machine
that slept, or a process that was stopped, blames nobody."""
LIMIT = 20
STARTING = ("import", "start", "migration")
DEATHS, STARTING_DEATHS = 3, 2
"""So many processes in a row may die in the same work: any process may be killed once or twice by chance."""
_SLOTS, _SIZE = 64, 160


class Watch:
    """The calls at work in this process.

    :param role: `server` or `worker`, which keep a note and mind their calls; a command only reads.
    """

    def __init__(self, folder: Path | None = None, role: str = "") -> None:
        self._folder, self._role = folder, role
        self._held: dict[int, list[str | int]] = {}
        self._free = list(range(_SLOTS))
        self._ended = threading.Event()
        self._note = -1
        if folder is not None and role:
            # A disk that takes no notes stops no start.
            with suppress(OSError, Unavailable):
                self._note = self._open(folder)
        self.blamed: Callable[[str, str], bool] = lambda name, reason: True
        """Told of each plugin that is blamed; whether it may be left out."""

    def start(self) -> Watch:
        """Mind the calls from now on, where there is a role to mind them for."""
        if self._role:
            threading.Thread(target=self._mind, name="fapiao-watch", daemon=True).start()
        return self

    def stop(self) -> None:
        """The process works no more."""
        self._ended.set()
        note, self._note = self._note, -1
        if note >= 0:
            os.close(note)

    def _open(self, folder: Path) -> int:
        path = folder / f"{self._role}.hands"
        old = path.read_bytes() if path.exists() else b""
        died = {part.rstrip(b"\0").decode(errors="replace") for part in
                (old[at : at + _SIZE] for at in range(0, len(old), _SIZE))} - {""}  # fmt: skip
        before = self._read(folder / f"{self._role}.blame")
        deaths = {work: before.get("deaths", {}).get(work, 0) + 1 for work in sorted(died)}
        off = before.get("off", {})
        for work, times in deaths.items():
            name, place, _ = (*work.split("\t", 2), "", "")[:3]
            if times >= (STARTING_DEATHS if place in STARTING else DEATHS):
                off[name] = f"{times} processes in a row died in its {place}"
        state = json.dumps({"deaths": deaths, "off": off})
        storage.replace_durably(folder / f"{self._role}.blame", state.encode())
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)

    @staticmethod
    def _read(path: Path) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def off(self) -> dict[str, str]:
        """Plugins blamed by any process of the folder since the last deliberate end, with the reason."""
        found: dict[str, str] = {}
        for path in sorted(self._folder.glob("*.blame")) if self._folder else ():
            found |= {name: str(reason) for name, reason in self._read(path).get("off", {}).items()}
        return found

    @contextmanager
    def holding(self, name: str, place: str, subject: str = "") -> Iterator[None]:
        """Around a call of a plugin: what it is, and about what."""
        try:
            slot = self._free.pop()
        except IndexError:
            yield
            return
        text = f"{name}\t{place}\t{subject}".encode()[:_SIZE]
        self._write(slot, text)
        self._held[slot] = [name, place, 0]
        try:
            yield
        finally:
            self._write(slot, b"")
            del self._held[slot]
            self._free.append(slot)

    def _write(self, slot: int, text: bytes) -> None:
        # Not flushed: what a dying process wrote survives it, and a machine that dies blames nobody.
        if self._note >= 0:
            with suppress(OSError):
                os.pwrite(self._note, text.ljust(_SIZE, b"\0"), slot * _SIZE)

    def is_stuck(self, name: str, place: str) -> bool:
        """Whether an earlier call of the same kind has not come back for some seconds."""
        return any(held[:2] == [name, place] and int(held[2]) > 2 for held in list(self._held.values()))

    def _mind(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            with suppress(OSError, Unavailable):
                self.look()

    def look(self) -> None:
        """Hear whom the other processes blame, and blame what does not come back here."""
        for name, reason in self.off().items():
            self.blamed(name, reason)
        for held in list(self._held.values()):
            name, place = str(held[0]), str(held[1])
            held[2] = looks = int(held[2]) + 1
            if looks == LIMITS.get(place, LIMIT):
                self._hung(name, place, looks * LOOK_SECONDS)

    def _hung(self, name: str, place: str, seconds: float) -> None:
        reason = f"its {place} did not come back in {seconds:.0f} s"
        if self._folder and self.blamed(name, reason):
            path = self._folder / f"{self._role}.blame"
            state = self._read(path)
            state.setdefault("off", {})[name] = reason
            storage.replace_durably(path, json.dumps(state).encode())
        if place == "panel":
            return
        # It may hold the writers' queue, and nothing in this process can end it.
        log.error("plugin %s holds the %s up: it begins anew", name, self._role)
        if self._role == "worker":
            os._exit(os.EX_TEMPFAIL)
        else:
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])

    def forget(self) -> None:
        """An operator ended the server: at its next start every plugin gets another chance."""
        for path in self._folder.glob("*.blame") if self._folder else ():
            path.unlink(missing_ok=True)
