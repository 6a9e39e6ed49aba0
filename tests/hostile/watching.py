"""Capped children under strace: every file, connection and program that one so much as tries to reach.

A try counts, whether a wall refused it or not: so each layer in front of the walls is held to its word too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from core import capped, walls

CALLS = "trace=%file,%network,%process,ptrace,kill,tkill,tgkill,io_uring_setup"
_LINE = re.compile(r"^(\d+)\s+(\w+)\((.*)")
_BORN = re.compile(r"^(\d+)\s+(?:<\.\.\. )?(?:clone|clone3|fork|vfork)\b.*= (\d+)$")
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
_OWN_WALLS = ("/proc/self/oom_score_adj", "/proc/self/fd", "/proc/self/statm", "/dev/null", "/__dummy__")
"""What a child looks at before its walls stand, and a name that xhtml2pdf asks for on every page."""
_ORDINARY = ("exit_group", "exit", "wait4", "unshare", "prctl", "seccomp")


@dataclass
class Watch:
    """What strace writes. :ivar peaks: MiB that each job took, in their order."""

    log: Path
    peaks: list[float] = field(default_factory=list)
    _read: int = 0
    _kitchens: set[str] = field(default_factory=set)
    _roots: tuple[str, ...] = ()

    def tries(self) -> list[str]:
        """Everything tried since the last call by children, in words."""
        with self.log.open(errors="replace") as file:
            file.seek(self._read)
            text = file.read()
            whole = text.rpartition("\n")[0]
            self._read += len(whole.encode()) + (1 if whole else 0)
        found = []
        for line in whole.splitlines():
            born = _BORN.match(line)
            if born:
                self._kitchens.add(born[1])
            called = _LINE.match(line)
            if called and called[1] not in self._kitchens:
                found += self._tried(called[1], called[2], called[3])
        return [text for pid, text in found if pid not in self._kitchens]

    def _tried(self, pid: str, call: str, arguments: str) -> list[tuple[str, str]]:
        if call in _ORDINARY:
            return []
        path = _PATH.search(arguments)
        if path is None or call in ("connect", "bind", "sendto", "execve"):
            return [(pid, f"{call}({arguments[:120]}")]
        self._roots = self._roots or tuple(os.path.realpath(root) for root in walls.needed())
        reached = os.path.normpath(path[1]) if path[1].startswith("/") else path[1]
        if reached in _OWN_WALLS or reached in ("", "/") or _is_below(reached, self._roots):
            return []
        return [(pid, f"{call} {reached[:120]}")]


def _is_below(path: str, roots: tuple[str, ...]) -> bool:
    real = os.path.realpath(path)
    # A way to a root is walked through its parents.
    return any(real == root or real.startswith(root + "/") or root.startswith(real + "/") for root in roots)


def there_is_strace() -> bool:
    """Whether children can be watched here."""
    return shutil.which("strace") is not None


@contextmanager
def watched(folder: Path, plant: str = "", *, strace: bool = True) -> Iterator[Watch]:
    """Kitchens of this process, started inside, run under strace and with a bug planted."""
    watch = Watch(folder / "strace.log")
    watch.log.touch()
    before = [
        "strace",
        "-f",
        "-qq",
        "-s",
        "200",
        "-e",
        CALLS,
        "-e",
        "signal=none",
        "-A",
        "-o",
        str(watch.log),
    ]
    start, told = subprocess.Popen, capped._told

    def popen(command: list[str], **more: Any) -> Any:
        return start([*before, *command] if strace else command, **more)

    def noted(status: Any) -> dict[str, Any]:
        said = told(status)
        watch.peaks.append(said.get("kib", 0) / 1024)
        return said

    environ = {**capped._ENVIRON, "FAPIAO_PLANT": plant, "PATH": os.defpath}
    patches: list[Any] = [
        mock.patch.object(subprocess, "Popen", popen),
        mock.patch.object(capped, "_told", noted),
        mock.patch.object(capped, "_ENVIRON", environ),
        mock.patch.object(capped, "_warm", ["tests.hostile.planting", "plugins.templates.oven"]),
    ]
    capped.close()
    for patch in patches:
        patch.start()
    try:
        yield watch
    finally:
        capped.close()
        for patch in reversed(patches):
            patch.stop()


def outcome(ask: Callable[[], bytes]) -> tuple[str, str, bytes]:
    """How a job ended: the kind of refusal or nothing, its words, and its answer."""
    try:
        return "", "", ask()
    except capped.Refused as refused:
        return refused.kind, refused.detail, b""
