"""Starts the server, and its worker, with a bug planted: `python -m tests.faults.kills_planted MODULE:BUG …`.

What follows are the arguments of `fapiao`, or `--work DATA` for the worker.
"""

from __future__ import annotations

import importlib
import sys

from core import cli, house, work
from core.contributions import Companion


def main() -> None:
    """Plant, then be the program."""
    bug, *rest = sys.argv[1:]
    module, _, name = bug.partition(":")
    importlib.import_module(module).PLANTED[name]()
    if rest[0] == "--work":
        sys.argv = ["core.work", *rest[1:]]
        work.main()
        return

    def worker() -> Companion:
        return Companion(house.WORKER, __spec__.name, lambda data: [bug, "--work", data], follows=True)

    house.House.worker = staticmethod(worker)  # type: ignore[method-assign]
    sys.argv = ["fapiao", *rest]
    cli.main()


if __name__ == "__main__":
    main()
