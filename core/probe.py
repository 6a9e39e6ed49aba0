"""Run in a capped child to see which of its walls stand, by running against each."""

from __future__ import annotations

import json
import os
import resource
import socket
from collections.abc import Callable

from core import walls

_NOTHING = "/nothing"
"""A program that is not there: whoever may run programs is told so, others are told that they may not."""


def stand(_payload: bytes) -> bytes:
    """JSON: the name of each wall, and whether it holds."""
    attempts: dict[str, Callable[[], object]] = {
        "sockets": lambda: socket.socket().close(),
        "processes": _fork,
        "programs": lambda: os.execv(_NOTHING, [_NOTHING]),
        "signals": lambda: os.kill(os.getppid(), 0),
        "reading": lambda: os.close(os.open("/etc/passwd", os.O_RDONLY)),
        "writing": lambda: os.close(os.open("/dev/null", os.O_WRONLY)),
    }
    found = {name: _is_refused(attempt) for name, attempt in attempts.items()}
    found["network"] = walls.is_alone()
    found["memory"] = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    found["environment"] = not os.environ
    return json.dumps(found).encode()


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (PermissionError, BlockingIOError):
        return True
    except OSError:
        return False
    return False


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
