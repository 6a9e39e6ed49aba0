"""Children forked from a warm process: as fresh as a new start, without the second that imports take."""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class Died(Exception):
    """A child gave no answer: it hung, was killed, or failed; the text says how."""


def fork(call: Callable[[], object], ready: int = 0) -> int:
    """Run something in a child, once a byte arrives where there is a pipe to wait on; its process id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        if ready:
            os.read(ready, 1)
        call()
        status = 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    os._exit(status)


def answer(call: Callable[[], Any], out: Path, patience: float = 30.0) -> Any:
    """What something returns in a child, by way of JSON.

    :raise Died: it returned nothing.
    """
    out.unlink(missing_ok=True)

    def child() -> None:
        os.setsid()
        try:
            said = {"answer": call()}
        except Exception:  # noqa: BLE001
            said = {"failure": traceback.format_exc()}
        out.write_text(json.dumps(said))

    pid, end, pause = fork(child), time.monotonic() + patience, 0.001
    while not os.waitpid(pid, os.WNOHANG)[0]:
        if time.monotonic() > end:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise Died("it hung")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.01)
    if not out.exists():
        raise Died("it died")
    said = json.loads(out.read_text())
    if "failure" in said:
        raise Died(said["failure"])
    return said["answer"]


def warm_up(call: Callable[[], object], out: Path) -> None:
    """Do something in a child, and import here what it imported: later children need not.

    :raise Died: it fails.
    """

    def names() -> list[str]:
        call()
        return list(sys.modules)

    for name in answer(names, out, 120):
        with suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a kill loses nothing that was written, flushed or not."""
    memory = Path("/dev/shm")
    where = memory if os.access(memory, os.W_OK) else folder
    with tempfile.TemporaryDirectory(dir=where, prefix="faults-") as name:
        yield Path(name) / "bench"
