"""The warm parent of capped children: `python -m core.kitchen FD`, started by `core.capped` alone.

It has one thread, no network and no secrets. It imports what its jobs need, once, and forks a child for
each job; the child builds its walls, reads its payload, answers and is gone. It ends with the server: the
other end of its socket closes, and it kills what still runs.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from core import clock, syscalls, walls

Task = Callable[[bytes], bytes]

_JOB = 3
"""The child's only descriptor beside three that lead nowhere."""


@dataclass
class _Running:
    """A child at work. :ivar end: when it is killed, by the steady clock. :ivar late: it was."""

    status: socket.socket
    end: float
    late: bool = False


class Kitchen:
    """Takes jobs from one socket until that ends."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._running: dict[int, _Running] = {}
        self._pid = os.getpid()
        self._modules = 0
        self._files = walls.ReadOnly(())

    def run(self) -> None:
        """Work until the server is gone."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        poll = select.poll()
        poll.register(self._orders, select.POLLIN)
        poll.register(woken, select.POLLIN)
        while True:
            ready = [fd for fd, _ in poll.poll(self._patience())]
            if woken in ready:
                os.read(woken, 65536)
            self._reap()
            self._end_late()
            if self._orders.fileno() in ready and not self._take():
                break
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)

    def _patience(self) -> float | None:
        ends = [child.end for child in self._running.values() if not child.late]
        return max(0.0, min(ends) - clock.steady()) * 1000 + 1 if ends else None

    def _take(self) -> bool:
        order, handed, _, _ = socket.recv_fds(self._orders, 1 << 16, 2)
        if not order:
            return False
        asked = json.loads(order)
        if not handed:
            _import(asked["warm"])
            return True
        job, status = handed[0], socket.socket(fileno=handed[1])
        function = self._function(asked["task"], status)
        if function is None:
            os.close(job)
            return True
        with suppress(ConnectionError):  # who asked may be gone by now
            status.sendall(b"\n")
        pid = os.fork()
        if pid == 0:
            self._serve(job, function, asked)
        os.close(job)
        self._running[pid] = _Running(status, clock.steady() + asked["seconds"])
        return True

    def _function(self, task: str, status: socket.socket) -> Task | None:
        try:
            found: Task = resolved(task)
        except Exception as error:  # noqa: BLE001 - an import may raise anything
            _say(status, why="task", text=f"{task}: {type(error).__name__}: {error}")
            return None
        if len(sys.modules) != self._modules:
            # What is loaded may be read; what is there stays out of the collector's way, and so shared.
            self._files.forget()
            self._files = walls.ReadOnly(walls.needed())
            self._modules = len(sys.modules)
            gc.collect()
            gc.freeze()
        return found

    def _serve(self, job: int, function: Task, asked: dict[str, int]) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code = 1
        try:
            _wall_in(self._pid, job, self._files, asked["memory"], asked["cpu"])
            _answer(function, asked["output"])
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        while self._running:
            pid, result, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._running.pop(pid)
            ended = os.WTERMSIG(result) if os.WIFSIGNALED(result) else 0
            _say(child.status, why="late" if child.late else "", signal=ended,
                 code=os.WEXITSTATUS(result) if os.WIFEXITED(result) else 0,
                 kib=max(0, usage.ru_maxrss - _own_kib()))  # fmt: skip

    def _end_late(self) -> None:
        now = clock.steady()
        for pid, child in self._running.items():
            if now >= child.end and not child.late:
                child.late = True
                os.kill(pid, signal.SIGKILL)


def resolved(task: str) -> Task:
    """The function named `package.module:function`."""
    module, _, name = task.partition(":")
    found: Task = getattr(importlib.import_module(module), name)
    return found


def _import(modules: list[str]) -> None:
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception:  # noqa: BLE001 - said again to whoever asks for a task of it
            traceback.print_exc()


def _own_kib() -> int:
    # What a child shares with its parent from the start is none of its doing.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _say(status: socket.socket, **facts: object) -> None:
    try:
        status.sendall(json.dumps(facts).encode())
    except OSError:
        pass  # nobody waits any more
    finally:
        status.close()


def _wall_in(parent: int, job: int, files: walls.ReadOnly, memory: int, cpu: int) -> None:
    walls.first_to_die()
    walls.leashed(parent)
    highest = max(_descriptors())
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in range(_JOB):
        os.dup2(nothing, number)
    walls.limited(memory, cpu)
    walls.powerless()
    closed = files.close_in()
    os.dup2(job, _JOB)
    os.closerange(_JOB + 1, highest + 8)
    os.environ.clear()
    syscalls.refuse(opening=not closed)


def _descriptors() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return [1024]


def _answer(function: Task, most: int) -> None:
    try:
        result = function(_payload())
        answer = b"R" + result if len(result) <= most else b"Esize\n"
    except MemoryError:
        answer = b"Ememory\n"
    except ValueError as error:
        answer = b"Eerror\n" + _printable(str(error))
    except Exception:  # noqa: BLE001 - the child's only way to say what went wrong in it
        answer = b"Ecrash\n" + _printable(traceback.format_exc()[-2000:])
    _write(answer)


def _payload() -> bytes:
    parts = []
    while part := os.read(_JOB, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write(answer: bytes) -> None:
    view = memoryview(answer)
    while view:
        view = view[os.write(_JOB, view) :]


def _printable(text: str) -> bytes:
    kept = "".join(char if char.isprintable() or char == "\n" else "?" for char in text[:2000])
    return kept.encode("utf-8", "replace")


def main() -> None:
    """Take orders from the socket whose number is the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    walls.alone()
    orders = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(orders.fileno(), False)
    Kitchen(orders).run()


if __name__ == "__main__":
    main()
