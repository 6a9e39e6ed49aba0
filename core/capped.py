"""Work on a stranger's bytes, done in a child that can read nothing, reach nobody and take only so much.

    facts = capped.run("plugins.formats.reading:read", payload, Caps(seconds=5))

The function named takes octets and gives octets. It runs in a process of its own, forked from a warm parent
(`core.kitchen`), so that its module is loaded once. Whatever it does there ends there: a crash, a hang and a
bomb are ordinary refusals. It is called anew for each payload and keeps nothing.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Literal

from core import i18n
from core.errors import AppError
from core.i18n import lazy

log = logging.getLogger(__name__)

Kind = Literal["time", "memory", "size", "crash", "error", "busy"]

CODE = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
"""What a kitchen may take to start and to load a module, beside the time of the job itself."""
JOBS_EACH = 2000
"""After so many jobs a kitchen is replaced: what its modules leak stays bounded."""
AT_ONCE = max(2, os.cpu_count() or 1)
"""Children of this process at one time; more wait."""

_ENVIRON = {"TZ": "Asia/Shanghai", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}  # fmt: skip
_REASONS: dict[Kind, str] = {
    "time": lazy("处理用时超过上限,已停止"),
    "memory": lazy("处理所需内存超过上限,已停止"),
    "size": lazy("内容超过大小上限"),
    "crash": lazy("内容无法处理,处理它的程序中止了"),
    "error": lazy("内容无法处理:%(detail)s"),
    "busy": lazy("正在处理的文件太多,请稍后再试"),
}
_CPU_TIME, _KILLED = 24, 9


@dataclass(frozen=True, slots=True)
class Caps:
    """What one job may cost.

    :ivar seconds: from its start, however busy the machine is; as many of the processor, rounded up.
    :ivar memory: octets above those of the warm parent. :ivar input: octets of the payload.
    :ivar output: octets of the answer. :ivar queue: seconds it may wait for its turn.
    """

    seconds: float = 10.0
    memory: int = 512 << 20
    input: int = 32 << 20
    output: int = 32 << 20
    queue: float = 15.0


PLAIN = Caps()


class Refused(AppError):
    """The job was not done.

    :ivar kind: `time`, `memory` or `size` (it wanted more than its caps), `crash` (the program gave up),
        `error` (the function said why), `busy` (too many others).
    :ivar reason: in plain words, Chinese. :ivar detail: what the function said; of a stranger's making.
    """

    status = 422
    code = "CORE-CAPPED"

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(_REASONS[kind], **({"detail": detail} if kind == "error" else {}))
        self.kind: Kind = kind
        self.detail = detail
        if kind == "busy":
            self.status = 503

    @property
    def reason(self) -> str:
        """The sentence for people."""
        return i18n.gettext(self.message, **self.params)


class _Gone(Exception):
    """The kitchen ended before it took the job."""


class _Kitchen:
    """One warm parent, seen from the server."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        paths = [str(CODE), *(path for path in sys.path if path)]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "core.kitchen", str(theirs.fileno())],
                env={**_ENVIRON, "PYTHONPATH": os.pathsep.join(paths)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        self._orders = ours
        self.owner = os.getpid()
        self.taken = self.busy = 0
        if _warm:
            self._order({"warm": list(_warm)}, [])

    @property
    def alive(self) -> bool:
        """Whether it can take one more job of this process."""
        return self.owner == os.getpid() and self._process.poll() is None and self.taken < JOBS_EACH

    def _order(self, asked: dict[str, object], handed: list[int]) -> None:
        try:
            socket.send_fds(self._orders, [json.dumps(asked).encode()], handed)
        except OSError as error:
            raise _Gone from error

    def cook(self, task: str, payload: bytes, caps: Caps) -> bytes:
        """Have one job done.

        :raise Refused: it was not done. :raise _Gone: nobody took it.
        """
        job, theirs = socket.socketpair()
        status, teller = socket.socketpair()
        with job, status:
            with theirs, teller:
                limits = {"seconds": caps.seconds, "cpu": ceil(caps.seconds),
                          "memory": caps.memory, "output": caps.output}  # fmt: skip
                self._order({"task": task, **limits}, [theirs.fileno(), teller.fileno()])
            for end in (job, status):
                end.settimeout(START_SECONDS + caps.seconds)
            try:
                answer = _exchange(job, payload, caps.output)
                return _outcome(answer, _told(status), caps)
            except TimeoutError:
                # Children are ended by the kitchen: this one does not even do that.
                self.close()
                raise Refused("time") from None

    def close(self) -> None:
        """End it and everything it runs."""
        self._orders.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()


def _exchange(job: socket.socket, payload: bytes, most: int) -> bytes:
    try:
        job.sendall(payload)
        job.shutdown(socket.SHUT_WR)
    except ConnectionError:
        pass  # it ended before it read everything; how it ended says why
    parts, size = [], 0
    try:
        while part := job.recv(1 << 20):
            parts.append(part)
            size += len(part)
            if size > most + 4096:
                raise Refused("size")
    except ConnectionError:
        pass
    return b"".join(parts)


def _told(status: socket.socket) -> dict[str, Any]:
    try:
        said = b"".join(iter(lambda: status.recv(65536), b""))
    except ConnectionError:
        said = b""
    if not said:
        raise _Gone
    # A line says that the job was taken, a second one how it ended.
    return dict(json.loads(said)) if said.strip() else {"why": "gone"}


def _outcome(answer: bytes, told: dict[str, Any], caps: Caps) -> bytes:
    if told["why"] == "task":
        raise LookupError(told["text"])
    if told["why"] == "late" or told.get("signal") == _CPU_TIME:
        raise Refused("time")
    if told["why"] == "gone" or told["signal"] or told["code"] or answer[:1] not in (b"R", b"E"):
        log.warning("a capped child ended abnormally: %s", told)
        # Libraries that are refused memory often end by a signal of their own.
        starved = told.get("kib", 0) * 1024 > caps.memory / 2 or told.get("signal") == _KILLED
        raise Refused("memory" if starved and told["why"] != "gone" else "crash")
    if answer[:1] == b"R":
        return answer[1:]
    kind, _, detail = answer[1:].decode("utf-8", "replace").partition("\n")
    if kind == "crash":
        log.warning("a capped child gave up: %r", detail)
    raise Refused(kind if kind in _REASONS else "crash", detail[:300])


_lock = threading.Lock()
_kitchen: _Kitchen | None = None
_turns = threading.BoundedSemaphore(AT_ONCE)
_warm: list[str] = []


def run(task: str, payload: bytes, caps: Caps = PLAIN) -> bytes:
    """Do a job in a capped child.

    :param task: `package.module:function`, of octets to octets; its `ValueError` is a refusal in its words.
    :raise Refused: it was not done, and why. :raise LookupError: there is no such function.
    """
    if len(payload) > caps.input:
        raise Refused("size")
    if not _turns.acquire(timeout=caps.queue):
        raise Refused("busy")
    try:
        for _ in range(3):
            with _borrowed() as kitchen:
                try:
                    return kitchen.cook(task, payload, caps)
                except _Gone:
                    kitchen.close()
                    log.warning("the warm parent of capped children was gone; it is started again")
        raise Refused("crash")
    finally:
        _turns.release()


@contextmanager
def _borrowed() -> Iterator[_Kitchen]:
    global _kitchen
    with _lock:
        if _kitchen is None or not _kitchen.alive:
            before, _kitchen = _kitchen, _Kitchen()
            # One that was replaced ends with its last job.
            if before is not None and not before.busy:
                before.close()
        kitchen = _kitchen
        kitchen.taken += 1
        kitchen.busy += 1
    try:
        yield kitchen
    finally:
        with _lock:
            kitchen.busy -= 1
            if kitchen is not _kitchen and not kitchen.busy:
                kitchen.close()


def warm(module: str) -> None:
    """Have a module imported before the first job needs it; nothing is started by this."""
    if module not in _warm:
        _warm.append(module)


def walls() -> dict[str, bool]:
    """Which walls stand around a child on this machine: tried by a child, not believed."""
    found: dict[str, bool] = json.loads(run("core.probe:stand", b""))
    return found


def close() -> None:
    """End the warm parent; the next job starts another."""
    global _kitchen
    with _lock:
        before, _kitchen = _kitchen, None
        if before is not None:
            before.close()


atexit.register(close)
