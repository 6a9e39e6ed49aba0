"""The walls around a child that reads what strangers wrote: limits, no network, no files, no other program.

Everything here is done by a process to itself, and nothing of it can be undone. Which walls the kernel offers
differs: each function says whether its wall stands, and `core.kitchen:probe` tries them from the inside.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
import sysconfig
from collections.abc import Iterable

from core import syscalls

_LIBC = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights over files each version of Landlock knows; later ones know as many as the last."""

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache",
           "/dev/null", "/dev/urandom")  # fmt: skip


_alone = False


def _call(number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return int(_LIBC.syscall(ctypes.c_long(number), *wide))


def alone() -> bool:
    """A network of one's own, with no way out. For a process of one thread, and all its children."""
    if sys.platform != "linux":
        return False
    # Root needs no new user, and would lose sight of files that are not root's.
    global _alone
    ways = (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    _alone = any(_LIBC.unshare(way) == 0 for way in (ways if os.geteuid() == 0 else ways[1:]))
    return _alone


def is_alone() -> bool:
    """Whether this process, or the one it was forked from, has a network of its own."""
    return _alone


def leashed(parent: int) -> None:
    """End with the parent, and show nobody this process's memory."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
        _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def limited(memory: int, seconds: int) -> None:
    """Limits of the system.

    :param memory: octets above what the process has now. :param seconds: of the processor.
    """
    limits = {
        resource.RLIMIT_AS: size() + memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for which, most in limits.items():
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # The signal of the soft limit of time names the reason; the hard one is for who ignores it.
        last = most + 1 if which == resource.RLIMIT_CPU and most != hard else most
        resource.setrlimit(which, (most, last))


def size() -> int:
    """Octets of this process's address space; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def first_to_die() -> None:
    """Ask the system to end this process first where memory runs out."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        return


def powerless() -> bool:
    """No new rights by any way, and none of those that root has."""
    if sys.platform != "linux":
        return False
    header, none = struct.pack("=Ii", 0x20080522, 0), bytes(24)
    _call(syscalls.numbers().get("capset", -1), header, none)
    return int(_LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) == 0


def needed() -> list[str]:
    """Where the interpreter, the system's libraries and the packages loaded so far lie, and nothing else."""
    found = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *_SYSTEM}
    installed = tuple({sys.prefix, sys.base_prefix})
    found |= {path for path in sys.path if path.startswith(installed) and path not in installed}
    for name in {name.partition(".")[0] for name in sys.modules}:
        module = sys.modules.get(name)
        places = getattr(module, "__path__", None) or [getattr(module, "__file__", None)]
        found |= {place for place in places if isinstance(place, str)}
    return sorted(path for path in found if os.path.exists(path))


class ReadOnly:
    """Landlock: below the paths named, files can be read; nothing can be written, nothing else be opened.

    :ivar stands: False where the kernel has no Landlock.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        version = _call(_LANDLOCK_CREATE, None, 0, 1) if sys.platform == "linux" else -1
        self._ruleset, self.stands = -1, version > 0
        if not self.stands:
            return
        rights = (1 << _FILE_RIGHTS.get(version, 16)) - 1
        net, scope = 3 if version >= 4 else 0, 3 if version >= 6 else 0
        known = 24 if version >= 6 else 16 if version >= 4 else 8
        asked = struct.pack("=QQQ", rights, net, scope)
        self._ruleset = _call(_LANDLOCK_CREATE, asked, known, 0)
        self.stands = self._ruleset >= 0
        for path in paths if self.stands else ():
            self._allow(path)

    def _allow(self, path: str) -> None:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            allowed = _READ_FILE | _READ_DIR if os.path.isdir(path) else _READ_FILE
            _call(_LANDLOCK_ADD, self._ruleset, 1, struct.pack("=Qi", allowed, place), 0)
        finally:
            os.close(place)

    def close_in(self) -> bool:
        """Put this process behind it; it must be `powerless`."""
        return self.stands and _call(_LANDLOCK_RESTRICT, self._ruleset, 0) == 0

    def forget(self) -> None:
        """Give the descriptor back."""
        if self._ruleset >= 0:
            os.close(self._ruleset)
