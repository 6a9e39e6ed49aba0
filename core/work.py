"""The worker: a process beside the web server that does everything that happens beside requests.

    python -m core.work DATA

A process of its own, so that pages and background work do not wait for each other's turn in one
interpreter. The server nudges it through standard input after each commit, and its end ends it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from core import ledger, tasks
from core.house import House


def main() -> None:
    """Work until standard input ends; then finish what is in hand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    house = House(os.environ, Path(sys.argv[1]), role="worker")
    runner = house.runner()
    runner.start()
    while os.read(0, 65536):
        tasks.wake()
        with ledger.grown:
            ledger.grown.notify_all()
    runner.stop()
    house.close()


if __name__ == "__main__":
    main()
