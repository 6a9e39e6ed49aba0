"""What a stranger's bytes might make a reader do, as tasks for a capped child."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

kept: list[int] = []


def echo(payload: bytes) -> bytes:
    """Back as it came."""
    return payload


def inflate(payload: bytes) -> bytes:
    """As many octets as asked for."""
    return b"x" * int(payload)


def hang(_payload: bytes) -> bytes:
    """Wait."""
    time.sleep(600)
    return b""


def hang_deafly(_payload: bytes) -> bytes:
    """Wait, and hear no signal that can be ignored."""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(600)


def spin(_payload: bytes) -> bytes:
    """Compute."""
    while True:
        pass


def hoard(_payload: bytes) -> bytes:
    """Take memory."""
    held = []
    while True:
        held.append(bytes(1 << 20) * 8)


def hoard_small(_payload: bytes) -> bytes:
    """Take memory in many small pieces."""
    held: list[object] = []
    while True:
        held = [held, [0] * 50]


def fault(_payload: bytes) -> bytes:
    """Read where nothing is."""
    ctypes.string_at(8)
    return b""


def abort(_payload: bytes) -> bytes:
    """Give up as C libraries do."""
    os.abort()


def leave(payload: bytes) -> bytes:
    """End without a word."""
    os._exit(int(payload))


def leave_politely(_payload: bytes) -> bytes:
    """End as a program does."""
    raise SystemExit(0)


def refuse(payload: bytes) -> bytes:
    """Say why not."""
    raise ValueError("第 3 行不对" + payload.decode())


def dig(_payload: bytes) -> bytes:
    """Call itself without end."""
    return dig(_payload)


def break_down(_payload: bytes) -> bytes:
    """Fail as a bug does."""
    found: dict[int, bytes] = {}
    return found[1]


def answer_nonsense(_payload: bytes) -> bytes:
    """Speak to the server past the task."""
    os.write(3, b"R" + b"forged")
    os._exit(0)


def flood(_payload: bytes) -> bytes:
    """Speak without end."""
    while True:
        os.write(3, b"R" * (1 << 20))


def remember(_payload: bytes) -> bytes:
    """How often this process was asked."""
    kept.append(1)
    return str(len(kept)).encode()


def look_round(payload: bytes) -> bytes:
    """What can be had: each attempt's name, where it was not refused."""
    asked = json.loads(payload)
    attempts = {
        "tcp": lambda: socket.create_connection(("127.0.0.1", asked["port"]), 1),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "unix": lambda: socket.socket(socket.AF_UNIX),
        "pair": socket.socketpair,
        "fork": os.fork,
        "exec": lambda: os.execv("/bin/true", ["true"]),
        "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "kill": lambda: os.kill(asked["server"], 0),
        "kill parent": lambda: os.kill(os.getppid(), 0),
        "memory of the server": lambda: os.open(f"/proc/{asked['server']}/mem", os.O_RDONLY),
        "environment of the server": lambda: Path(f"/proc/{asked['server']}/environ").read_bytes(),
        "own environment": lambda: os.environ["PATH"],
        "a file": lambda: Path(asked["file"]).read_bytes(),
        "a list of files": lambda: os.listdir(Path(asked["file"]).parent),
        "write": lambda: Path(asked["file"]).write_text("x"),
        "write beside": lambda: Path(asked["file"] + "x").write_text("x"),
        "write in the code": lambda: Path(__file__).with_suffix(".x").write_text("x"),
        "remove": lambda: os.unlink(asked["file"]),
        "rename": lambda: os.rename(asked["file"], asked["file"] + "y"),
        "mode": lambda: os.chmod(asked["file"], 0o777),
        "link": lambda: os.symlink("/etc/passwd", asked["file"] + "z"),
        "a folder": lambda: os.mkdir(asked["file"] + "d"),
        "passwords": lambda: Path("/etc/passwd").read_bytes(),
        "more memory": lambda: __import__("resource").setrlimit(9, (-1, -1)),
        "a descriptor": lambda: next(number for number in range(4, 256) if _open(number)),
    }
    return json.dumps([name for name, attempt in attempts.items() if _works(attempt)]).encode()


def _open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _works(attempt: object) -> bool:
    try:
        attempt()  # type: ignore[operator]
    except (OSError, LookupError, ValueError, StopIteration):
        return False
    return True


def thread(_payload: bytes) -> bytes:
    """Whether threads can be had; either is right."""
    try:
        other = threading.Thread(target=gc.collect)
        other.start()
        other.join()
    except RuntimeError:
        return b"no"
    return b"yes"
