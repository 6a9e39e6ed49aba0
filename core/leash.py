"""Runs a companion's module and ends with the server, however that ended: `python -m core.leash MODULE …`.

The server holds the other end of standard input; the system closes it even on `kill -9`.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _follow() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the module named first with the remaining arguments."""
    threading.Thread(target=_follow, name="leash", daemon=True).start()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
