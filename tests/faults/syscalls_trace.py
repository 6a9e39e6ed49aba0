"""strace as an instrument: which file calls a process makes, and one of them made to fail.

The process waits until strace is attached, so that the n-th call of a kind is the same call in every run.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

CALLS = (
    "openat", "creat", "read", "pread64", "write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync",
    "syncfs", "rename", "renameat", "renameat2", "ftruncate", "truncate", "fallocate", "unlink", "unlinkat",
    "rmdir", "mkdir", "mkdirat", "link", "linkat", "flock", "sendfile", "copy_file_range",
)  # fmt: skip
PATIENCE = 30.0
"""Seconds after which a process hangs."""

_LINE = re.compile(r"^(?P<call>\w+)\((?P<given>.*)\) += (?P<result>-?\d+|\?)")
_HANDLE = re.compile(r"^(\d+)<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """One file call of a process: the `nth` of its name.

    :ivar creates: it makes a file that was not there.
    :ivar at: where a write begins; -1 at the end of a file that is only added to.
    :ivar before: the call before it.
    """

    name: str
    nth: int
    path: str
    creates: bool = False
    folder: bool = False
    size: int = 0
    at: int = 0
    before: tuple[str, int] = ("", 0)


def missing() -> str:
    """Why nothing can be traced here; empty if it can."""
    path = shutil.which("strace")
    if path is None:
        return "strace is not installed: apt-get install strace"
    command = [path, "-qq", "-o", "/dev/null", "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()[:200]}"


def attach(pid: int, log: Path, *options: str) -> subprocess.Popen[bytes]:
    """Trace a waiting process from now on."""
    command = ["strace", "-y", "-s", "0", "-e", "signal=none", "-o", str(log), *options, "-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    if b"attached" not in said:
        raise RuntimeError(f"strace does not attach: {said.decode(errors='replace')}")
    return tracer


def calls(log: Path, top: Path, there: set[str]) -> list[Call]:
    """The file calls below `top`, in their order, of a process traced with `CALLS`; `there` is before it."""
    counts: Counter[str] = Counter()
    found: list[Call] = []
    places: dict[str, int] = {}
    before = ("", 0)
    for line in log.read_text(errors="replace").splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name, given = match["call"], match["given"]
        counts[name] += 1
        result = int(match["result"]) if match["result"] != "?" else -1
        if name == "openat":
            places[str(result)] = -1 if "O_APPEND" in given else 0
        if str(top) in given:
            call = _call(name, counts[name], given, places, before)
            found.append(replace(call, creates=call.creates and call.path not in there))
            if result >= 0:
                _follow(call, given, there)
        handle = _HANDLE.match(given)
        if name == "write" and handle and places.get(handle[1], 0) >= 0:
            places[handle[1]] = places.get(handle[1], 0) + result
        before = name, counts[name]
    return found


def _follow(call: Call, given: str, there: set[str]) -> None:
    if call.name == "openat":
        there.add(call.path)
    elif call.name.startswith(("unlink", "rename")):
        there.discard(re.findall(r'"([^"]*)"', given)[0])
        there |= {call.path} if call.name.startswith("rename") else set()


def _call(name: str, nth: int, given: str, places: dict[str, int], before: tuple[str, int]) -> Call:
    handle = _HANDLE.match(given)
    quoted = re.findall(r'"([^"]*)"', given)
    path = handle[2] if handle else quoted[-1] if quoted else ""
    creates, folder = "O_CREAT" in given, "O_DIRECTORY" in given
    numbers = [int(part) for part in re.findall(r", (\d+)(?=,|$)", given)]
    if name == "pwrite64" and len(numbers) >= 2:
        return Call(name, nth, path, creates, folder, numbers[-2], numbers[-1], before)
    if name == "write" and handle and numbers:
        return Call(name, nth, path, creates, folder, numbers[-1], places.get(handle[1], 0), before)
    return Call(name, nth, path, creates, folder, before=before)


def wait(
    pid: int, tracer: subprocess.Popen[bytes] | None = None, stops: Sequence[Callable[[], int]] = ()
) -> tuple[int, bool]:
    """The end of a child: its status, and whether it hung and was killed.

    :param stops: at its n-th stop the size that its files may have becomes what the n-th of these says.
    """
    end, left, hung, pause = time.monotonic() + PATIENCE, list(stops), False, 0.001
    while True:
        done, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if done and os.WIFSTOPPED(status):
            if left:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (left.pop(0)(), resource.RLIM_INFINITY))
            os.kill(pid, signal.SIGCONT)
        elif done:
            break
        elif not hung and time.monotonic() > end:
            hung = True
            os.kill(pid, signal.SIGKILL)
        time.sleep(pause)
        pause = min(pause * 1.3, 0.01)
    if tracer is not None:
        _end(tracer)
    return status, hung


def _end(tracer: subprocess.Popen[bytes]) -> None:
    with suppress(subprocess.TimeoutExpired):
        tracer.wait(10)
    tracer.kill()
    tracer.wait()
    assert tracer.stderr is not None
    tracer.stderr.close()
