"""What a program did to one folder and what it said meanwhile, in order: recorded with strace."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from tests.faults.disk_model import Op

CALLS = (
    "openat,open,creat,write,pwrite64,pwritev,pwritev2,writev,fsync,fdatasync,sync,syncfs,sync_file_range,rename,"
    "renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,ftruncate,truncate,fallocate,link,linkat,symlink,"
    "symlinkat,lseek,copy_file_range,sendfile,mmap"
)
SCRATCH = re.compile(r"-shm$|/reserve$|/disk\.state$")
"""Not read after a start, or made anew by it: shared memory, and room set aside."""
MARK = b"MARK "
"""How a line to /dev/null begins that is a word to who watches."""

_LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?(.*)$", re.S)
_BEGUN = re.compile(r"^(\d+) +(\w+)\((.*?) *<unfinished \.\.\.>$", re.S)
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$", re.S)
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_PATH = re.compile(r'(?:\w+<((?:\\x[0-9a-f]{2})*)>, )?"((?:\\x[0-9a-f]{2})*)"')
_HANDLE = re.compile(r"^(-?\w+)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")


def is_here() -> bool:
    """Whether strace is installed and may trace."""
    path = shutil.which("strace")
    return bool(path) and subprocess.run([str(path), "-qq", "-o", "/dev/null", "true"], check=False,
                                         capture_output=True).returncode == 0  # fmt: skip


def record(command: Sequence[str], env: Mapping[str, str], top: Path, out: Path) -> list[Op]:
    """Run a program under strace: what it did below `top`.

    :raise ValueError: it wrote in a way that the model does not know.
    """
    strace = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "16777216", "-qq", "-e", "signal=none",
              "-e", f"trace={CALLS}", "-o", str(out)]  # fmt: skip
    done = subprocess.run([*strace, *command], env=dict(env), capture_output=True, text=True, timeout=120,
                          check=False)  # fmt: skip
    if done.returncode not in (0, -9, 137):
        raise RuntimeError(f"the recorded program failed: {done.stderr[-2000:]}")
    with out.open() as lines:
        ops = list(_Reader(str(top)).read(lines))
    out.unlink()
    return ops


class _Reader:
    def __init__(self, top: str) -> None:
        self._top = top + "/"
        self._places: dict[str, int] = {}
        self._appending: set[str] = set()
        self._begun: dict[str, str] = {}

    def read(self, lines: Iterator[str]) -> Iterator[Op]:
        for line in lines:
            text = line.rstrip("\n")
            begun, resumed = _BEGUN.match(text), _RESUMED.match(text)
            if begun:
                self._begun[begun[1]] = f"{begun[1]} {begun[2]}({begun[3]}"
                continue
            if resumed:
                text = self._begun.pop(resumed[1]) + resumed[3]
            found = _LINE.match(text)
            if found and int(found[4]) >= 0:
                yield from self._ops(found[2], found[3], int(found[4]))

    def _ops(self, call: str, given: str, result: int) -> Iterator[Op]:
        if call in ("openat", "open", "creat"):
            yield from self._opened(given, result)
        elif call in ("mkdir", "mkdirat", "unlink", "unlinkat", "rmdir"):
            path = self._inside(_unquoted(given)[-1])
            if path:
                yield Op("mkdir" if call.startswith("mkdir") else "remove", path)
        elif call in ("rename", "renameat", "renameat2"):
            before, after = (self._inside(path) for path in _unquoted(given)[:2])
            if bool(before) != bool(after):
                raise ValueError(f"a file moved across the watched folder's edge: {before} {after}")
            if before:
                yield Op("rename", before, after)
        elif call == "sync":
            yield Op("syncdisk")
        else:
            yield from self._through_handle(call, given, result)

    def _opened(self, given: str, result: int) -> Iterator[Op]:
        path = self._inside(_unquoted(given)[-1])
        handle = str(result)
        self._places[handle] = 0
        self._appending.discard(handle)
        if "O_APPEND" in given:
            self._appending.add(handle)
        if path and "O_CREAT" in given:
            yield Op("create", path)
        if path and "O_TRUNC" in given:
            yield Op("truncate", path)

    def _through_handle(self, call: str, given: str, result: int) -> Iterator[Op]:
        at = _HANDLE.match(given)
        if at is None:
            return
        handle, whole = at[1], _plain(at[2])
        if call == "write" and whole == "/dev/null":
            said = bytes.fromhex(_QUOTED.findall(given)[-1].replace("\\x", ""))
            if said.startswith(MARK):
                yield Op("mark", data=said[len(MARK) :])
            return
        if call == "lseek":
            self._places[handle] = result
        path = self._inside(whole) if not at[3] else ""
        if not path:
            return
        if call in ("write", "pwrite64"):
            yield self._written(call, given, handle, path, result)
        elif call in ("fsync", "fdatasync", "syncfs"):
            yield Op({"fsync": "sync", "fdatasync": "datasync", "syncfs": "syncdisk"}[call], path)
        elif call == "ftruncate":
            yield Op("truncate", path, at=int(given.rsplit(",", 1)[1]))
        elif call not in ("lseek", "mmap") or ("MAP_SHARED" in given and "PROT_WRITE" in given):
            raise ValueError(f"{call} of {path}: the model does not know it")

    def _written(self, call: str, given: str, handle: str, path: str, count: int) -> Op:
        data = bytes.fromhex(_QUOTED.findall(given)[-1].replace("\\x", ""))[:count]
        if call == "pwrite64":
            return Op("write", path, at=int(given.rsplit(",", 1)[1]), data=data)
        if handle in self._appending:
            return Op("append", path, data=data)
        place = self._places.get(handle, 0)
        self._places[handle] = place + count
        return Op("write", path, at=place, data=data)

    def _inside(self, path: str) -> str:
        if not f"{path}/".startswith(self._top) or SCRATCH.search(path):
            return ""
        return path[len(self._top) :] or "."


def _unquoted(given: str) -> list[str]:
    """The paths among the arguments, whole: what is said of an open folder lies in it."""
    return [str(PurePosixPath(_plain(folder or ""), _plain(name))) for folder, name in _PATH.findall(given)]


def _plain(text: str) -> str:
    return bytes.fromhex(text.replace("\\x", "")).decode()
