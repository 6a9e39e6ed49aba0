"""Processes as /proc shows them (proc(5)): whose children live, and how long one waited for a processor."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was seen. `began` keeps it apart from a later one under the same number."""

    pid: int
    began: int
    name: str

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        found = _stat(self.pid)
        return found is not None and found[2] == self.began and found[1] not in "ZX"


def children(parent: int) -> list[Process]:
    """The living children of a process; `name` is what the command line calls them."""
    found = []
    for entry in _numbered():
        stat = _stat(entry)
        if stat is not None and stat[0] == parent and stat[1] != "Z":
            found.append(Process(entry, stat[2], _name(entry)))
    return found


def zombies(parent: int) -> int:
    """How many dead children a process never looked after."""
    return sum(stat[0] == parent and stat[1] == "Z" for entry in _numbered() if (stat := _stat(entry)))


def queued(pid: int) -> float:
    """Seconds that a process's first thread was ready and had no processor: others had them."""
    with suppress(OSError, ValueError, IndexError):
        return int((_PROC / str(pid) / "schedstat").read_text().split()[1]) / 1e9
    return 0.0


def _numbered() -> list[int]:
    return [int(name) for name in os.listdir(_PROC) if name.isdigit()]


def _stat(pid: int) -> tuple[int, str, int] | None:
    """Parent, state and start of a process."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), fields[0], int(fields[19])


def _name(pid: int) -> str:
    try:
        line = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    words = [word.decode(errors="replace") for word in line]
    if "plugins.bureau.simulator" in words:
        return "bureau"
    return "worker" if {"core.work", "--work"} & set(words) else " ".join(words[:4])
