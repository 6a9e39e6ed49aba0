"""The cases of R1: the faults each file call can meet, the order they are tried in, and what is said then."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.syscalls_trace import Call

_WRITES = {"write", "pwrite64"}
_FLUSHES = {"fsync", "fdatasync", "syncfs"}
_NAMES = {"rename", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "link", "linkat"}
_SIZES = {"ftruncate", "truncate", "fallocate", "sendfile", "copy_file_range"}
_CHANGES = _WRITES | _FLUSHES | _NAMES | _SIZES
_READS = {"read", "pread64"}
KINDS: dict[str, set[str]] = {
    "KILL": _CHANGES | {"openat", "flock"},
    "EIO": _CHANGES | _READS | {"openat"},
    "ENOSPC": _CHANGES - {"unlink", "unlinkat", "rmdir", "ftruncate", "truncate"} | {"openat"},
    "SHORT": _WRITES,
    "EINTR": _WRITES | _READS | _FLUSHES | {"openat", "flock", "ftruncate", "fallocate"},
    "EIO+": {"pwrite64", "fsync", "fdatasync"},
    "ENOSPC+": {"pwrite64"},
}
"""Which calls can end so. Those with `+` are made on the folder under test alone."""


@dataclass(frozen=True, slots=True)
class Case:
    """A flow and its seed, a call in it, and what becomes of the call."""

    flow: str
    seed: int
    call: Call
    kind: str

    def __str__(self) -> str:
        return f"{self.flow}/{self.seed} {self.call.name}#{self.call.nth} {self.kind}"

    @property
    def group(self) -> tuple[str, str, str]:
        """Cases much like it: the same call on the same kind of file."""
        path = Path(re.sub(r"[0-9a-f]{8,}", "*", self.call.path))
        return self.call.name, "/".join(path.parts[-2:]), self.kind


def cases(calls: list[Call], flow: str, seed: int) -> Iterator[Case]:
    """Every fault of every call of a flow; one of each group first, by chance which."""
    groups: dict[tuple[str, str, str], list[Case]] = defaultdict(list)
    for call in calls:
        for kind, names in KINDS.items():
            if call.name in names and _fits(call, kind):
                case = Case(flow, seed, call, kind)
                groups[case.group].append(case)
    chance = random.Random(f"{flow} {seed}")
    order = list(groups.values())
    chance.shuffle(order)
    for group in order:
        chance.shuffle(group)
    order.sort(key=lambda group: -_draws(group[0]))
    while order:
        for group in order:
            for _ in range(_draws(group[0])):
                if group:
                    yield group.pop()
        order = [group for group in order if group]


def _draws(case: Case) -> int:
    # Between two transactions a kill tells most: whether what belongs together was committed together.
    return {"flock": 12, "fdatasync": 3}.get(case.call.name, 1) if case.kind == "KILL" else 1


def _fits(call: Call, kind: str) -> bool:
    if kind == "SHORT":
        return call.size >= 2 and bool(call.before[0])
    if call.name == "openat" and kind == "EINTR":
        # Of a local file system only: opening a folder to list it waits for nobody.
        return not call.folder
    return call.name != "openat" or kind != "ENOSPC" or call.creates


def honest(case: Case, told: list[dict[str, Any]]) -> list[str]:
    """I18: a full disk is called full, a broken one stops all writing, and nothing else refuses anything.

    A flush that fails is a broken disk, whatever it says: what it did not keep cannot be asked again. Why
    the log's index cannot grow SQLite does not tell.
    """
    problems = [f"{said['step']} broke: {said['error']}" for said in told if said["what"] == "broke"]
    refused = [said for said in told if said["what"] == "refused"]
    if case.kind in ("SHORT", "KILL") and refused:
        problems.append(f"refused although nothing failed: {refused[0]}")
    unclear = case.call.name in _FLUSHES or case.call.path.endswith("-shm")
    if case.kind.startswith("ENOSPC") and not unclear:
        stopped = [said for said in refused if said["kind"] == "WriteStop"]
        problems += [f"a full disk is taken for a broken one: {said}" for said in stopped]
    first = next((n for n, said in enumerate(told) if said.get("kind") == "WriteStop"), len(told))
    later = [said for said in told[first:] if said["what"] in ("document", "company")]
    return problems + [f"it had stopped writing and took {said}" for said in later]
