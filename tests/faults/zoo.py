"""Row R11: hostile plugins. Each start has one specimen in it, and everybody else's work must go on.

A case is the real server with its worker, a specimen installed as a stranger's plugin, and a clerk who
opens pages and issues invoices through a neighbour plugin. Afterwards the data folder is read from outside.
Repeat one with `python -m tests.faults.zoo chdir@job`.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.zoo_cage import Cage, forks, install_neighbour, neighbours
from tests.faults.zoo_cases import Case, chosen, every_case, put_in
from tests.faults.zoo_server import BITES, PLANTS, prepare
from tests.faults.zoo_visit import Visit
from tests.proof.invariants import Problems
from tests.proof.row import Job, Tally

PLANTED = tuple(PLANTS)
LANES = 3


class Zoo:
    """The template every case is copied from, and the world as it is without any specimen."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.site, self.template = folder, folder / "site", folder / "template"
        install_neighbour(self.site)
        (self.template / "data").mkdir(parents=True)
        out = folder / "companies"
        given = (
            str(self.template / "data"),
            [str(self.site)],
            str(folder / "prepare.log"),
            neighbours(),
            str(out),
        )
        made = forks.Process(target=prepare, args=given)
        made.start()
        made.join(60)
        if made.exitcode != 0:
            raise RuntimeError(f"the zoo was not made: {(folder / 'prepare.log').read_text()[-2000:]}")
        self.mine, self.other = out.read_text().split()
        calm = Visit(self.cage("calm"), None, {})
        calm.run()
        self.world = calm.world
        bad = [problem for problems in calm.found.values() for problem in problems]
        if bad:
            raise RuntimeError(f"without any specimen: {bad}; {calm.cage.said()[-2000:]}")

    def cage(self, name: str, case: Case | None = None, plant: str = "") -> Cage:
        """A fresh copy, with the specimen in it."""
        place = self.folder / name
        shutil.copytree(self.template, place)
        paths, environ = [str(self.site)], neighbours()
        if case:
            put_in(case, place / "site", self.other)
            paths, environ["FAPIAO_PLUGINS"] = (
                [str(place / "site"), *paths],
                f"{environ['FAPIAO_PLUGINS']},{case.plugin}",
            )
        environ["DESK"] = str(place)
        return Cage(place / "data", paths, environ, self.mine, plant)

    def visit(self, case: Case, plant: str = "") -> Visit:
        """One case."""
        cage = self.cage(case.name.replace("@", "-"), case, plant)
        visit = Visit(cage, case, self.world)
        try:
            visit.run()
        finally:
            cage.sweep()
        return visit


def run(job: Job) -> Tally:
    """As many cases as asked for, from the seed on."""
    tally, spent = Tally(job), Counter[str]()
    began = time.monotonic()
    zoo = Zoo(job.folder)
    cases = chosen(every_case(), job.size, job.seed)
    if job.plant:
        cases = [*(case for case in every_case() if case.name == BITES[job.plant]), *cases]
    with ThreadPoolExecutor(LANES) as lanes:
        for case, visit in zip(cases, lanes.map(lambda case: zoo.visit(case, job.plant), cases), strict=True):
            spent[case.expect] += 1
            spent["servers started"] += visit.cage.starts
            spent["killed at the end"] += not visit.ended
            tally.case(case.name, visit.found)
    tally.measured = dict(spent) | {"specimens": len({case.specimen for case in cases}),
                                    "seconds": round(time.monotonic() - began, 1)}  # fmt: skip
    return tally


def main() -> None:
    """Run the named cases and say what was found."""
    wanted = sys.argv[1:]
    cases = [c for c in every_case() if {c.name, c.specimen} & set(wanted) or "all" in wanted]
    # Told to end, it ends its cages first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def one(case: Case) -> str:
        began = time.monotonic()
        visit = zoo.visit(case)
        problems: Problems = [f"{k}: {p}" for k, found in visit.found.items() for p in found]
        said = visit.cage.said()[-4000:] if problems and "-v" in wanted else ""
        cost = f"{time.monotonic() - began:.1f} s, {visit.cage.starts} starts"
        return f"{case.name} ({case.expect}) {cost}: {problems or 'contained'} {visit.reason}\n{said}"

    with tempfile.TemporaryDirectory(prefix="zoo-") as folder, ThreadPoolExecutor(LANES) as lanes:
        zoo = Zoo(Path(folder))
        for told in lanes.map(one, cases):
            sys.stdout.write(told)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
