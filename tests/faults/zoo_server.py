"""The real server and worker, in processes of the zoo: forked warm, caged, and with a planted bug if asked.

A fork server that has imported the program already starts each server in a fraction of a second; the
worker and the probes are ordinary processes, as always.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import boot, cli, guard, plugins, posting, registry, scope, watch, work
from core.contributions import Actor
from core.house import House
from plugins.archive import plugin as _archive  # noqa: F401
from plugins.issuing import plugin as _issuing  # noqa: F401
from plugins.templates import plugin as _templates  # noqa: F401
from plugins.verify import plugin as _verify  # noqa: F401
from tests.factories import SELLER, draft

MEMORY = 1 << 30
NEIGHBOURS = "archive,issuing,templates,verify,desk"


def serve(root: str, port: int, paths: list[str], log: str, environ: dict[str, str], plant: str) -> None:
    """Become `fapiao serve` with these folders on the path."""
    _settle_in(paths, log, environ)
    os.chdir(Path(log).parent)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY * 2, MEMORY * 2))
    os.environ |= {"ZOO_PLANT": plant, "PYTHONPATH": os.pathsep.join([*paths, environ["PYTHONPATH"]])}
    sys.argv = ["fapiao", "--data", root, "serve", "--port", str(port)]
    # Where it begins anew, it begins here.
    sys.orig_argv[:] = [sys.executable, "-m", "tests.faults.zoo_server", *sys.argv]
    _tame()
    cli.main()


def _tame() -> None:
    """What is the same in server and worker: minutes are seconds, and the bug is planted."""
    watch.LIMIT = 3
    watch.LIMITS |= {"job": 4, "channel": 4, "view": 4, "import": 2, "start": 2}
    usual = House.worker()
    mine = replace(usual, module="tests.faults.zoo_server")
    House.worker = staticmethod(lambda: mine)  # type: ignore[method-assign]
    if os.environ.get("ZOO_PLANT"):
        PLANTS[os.environ["ZOO_PLANT"]]()


def prepare(root: str, paths: list[str], log: str, environ: dict[str, str], out: str) -> None:
    """Make a data folder with two companies that have issued, and a journal that knows the neighbours."""
    _settle_in(paths, log, environ)
    house = House(os.environ, Path(root), serving=True)
    made = []
    for number, tax_id in enumerate((SELLER.tax_id, "91310115MA1K00007Q")):
        company = registry.create_company(f"公司{number}", tax_id, "11")
        actor = Actor("user-1", "张三", company, "owner", {company: "owner"})
        with scope.opened(company, "user-1"):
            posting.post(draft(source_ref=f"CANARY-{number}", order_no=f"CANARY-{number}"), "first", actor)
        made.append(company)
    house.runner().drain(20)
    house.journal.good()
    house.close()
    Path(out).write_text("\n".join(made))


def _settle_in(paths: list[str], log: str, environ: dict[str, str]) -> None:
    os.setsid()
    with open(log, "ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    for name in [name for name in os.environ if name.startswith("FAPIAO")]:
        del os.environ[name]
    os.environ |= environ
    sys.path[:0] = paths
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _exits_pass() -> None:
    def guarded(call: Any, *args: Any, **values: Any) -> tuple[bool, Any]:
        try:
            return True, call(*args, **values)
        except Exception as error:  # noqa: BLE001 - the planted bug: exits are no exceptions
            return False, error

    plugins.Plugins.guarded = staticmethod(guarded)  # type: ignore[method-assign]


def _no_strikes() -> None:
    plugins.Plugins._strike = lambda *_: None  # type: ignore[method-assign]


def _no_probe() -> None:
    boot._probe = lambda modules: (modules, "")


def _not_compared() -> None:
    guard.Before.put_back = lambda self: []  # type: ignore[method-assign]


def _no_watch() -> None:
    watch.Watch.look = lambda self: None  # type: ignore[method-assign]


def _no_types() -> None:
    vars(plugins)["refusal"] = lambda *_: ""


PLANTS: dict[str, Any] = {
    "exits-pass": _exits_pass,
    "no-strikes": _no_strikes,
    "no-probe": _no_probe,
    "not-compared": _not_compared,
    "no-watch": _no_watch,
    "no-types": _no_types,
}
BITES = {
    "exits-pass": "exits@job",
    "no-strikes": "raises@panel",
    "no-probe": "segfaults@import",
    "not-compared": "chdir@job",
    "no-watch": "sleeps@event",
    "no-types": "foreign_permission@whole",
}
"""Where each planted bug shows: with one planted, that case is the first."""


if __name__ == "__main__":
    _tame()
    if sys.argv[1] == "fapiao":
        sys.argv = sys.argv[1:]
        cli.main()
    else:
        work.main()
