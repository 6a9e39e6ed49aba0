"""R1: a fault at every file call. Flows run under strace, and once more for each call and fault.

The flow's process is forked from this one, warm, and traced from its first step: its n-th call of a kind is
the same call each time. It is killed there, or the call fails (EIO, ENOSPC, EINTR; with `+` every call of its
kind from then on), or writes only half: a limit on the size of files, set while the process is stopped just
before and lifted just after, makes the kernel itself write less than was asked. Then another process, forked
as fresh, opens the folder. To repeat one case: `python -m tests.faults.syscalls "again/1 pwrite64#34 EIO"`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.faults import flow_child
from tests.faults import syscalls_trace as trace
from tests.faults.flow import Place, live
from tests.faults.flow_reopen import judge
from tests.faults.syscalls_bugs import BUGS
from tests.faults.syscalls_cases import Case, cases, honest
from tests.faults.syscalls_trace import Call
from tests.proof.row import Job, Tally

PLANTED = tuple(BUGS)


class Bench:
    """A folder of cases. Children are forked from this process, which itself opens no house."""

    def __init__(self, folder: Path, plant: str = "") -> None:
        self.folder, self.plant = folder, plant
        self.base = Place(folder / "base")
        self._log = folder / "log"
        self.base.disk.mkdir(parents=True)
        self._warm_up()

    def _warm_up(self) -> None:
        def flow() -> None:
            live("base", 1, self.base)
            judge(_copy(self.base, self.folder / "trial"), 1)

        flow_child.warm_up(flow, self.folder / "warm")
        shutil.rmtree(self.folder / "trial")

    def calls(self, flow: str, seed: int) -> list[Call]:
        """The calls of a flow without faults, in which nothing is wrong."""
        place = self._place(flow, "calm")
        there = {str(path) for path in place.disk.rglob("*")}
        self._run(flow, seed, place, "-e", "trace=" + ",".join(trace.CALLS))
        bad = [said for said in place.told() if said["what"] in ("refused", "broke")]
        wrong = bad or self.judged(place, seed)
        if wrong and not self.plant:
            raise RuntimeError(f"{flow}/{seed} goes wrong without any fault: {wrong}")
        found = trace.calls(self._log, place.disk, there)
        shutil.rmtree(place.root)
        return found

    def run(self, case: Case) -> dict[str, list[str]] | None:
        """What is wrong after this fault, by invariant; None where the call was not met."""
        place = self._place(case.flow, "case")
        status, hung = self._inject(case, place)
        if not self._is_hit(case, status):
            return None
        found = self.judged(place, case.seed)
        found.setdefault("I18", []).extend(honest(case, place.told()))
        if hung:
            found["I12"] = ["the flow hung"]
        if not any(found.values()):
            shutil.rmtree(place.root)
        return {invariant: problems for invariant, problems in found.items() if problems}

    def _place(self, flow: str, name: str) -> Place:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        if flow != "first":
            return _copy(self.base, self.folder / name)
        place = Place(self.folder / name)
        place.disk.mkdir(parents=True)
        return place

    def _inject(self, case: Case, place: Place) -> tuple[int, bool]:
        call, when = case.call, str(case.call.nth) + "+" * case.kind.endswith("+")
        if case.kind == "SHORT":
            return self._short(case, place)
        effect = "signal=KILL" if case.kind == "KILL" else f"error={case.kind.rstrip('+')}"
        options = ["-e", f"trace={call.name}", "-e", f"inject={call.name}:{effect}:when={when}"]
        return self._run(case.flow, case.seed, place, *options)

    def _short(self, case: Case, place: Place) -> tuple[int, bool]:
        call, (before, nth) = case.call, case.call.before
        path = place.disk / Path(call.path).relative_to(self.folder / "calm" / "disk")

        def half() -> int:
            at = call.at if call.at >= 0 else path.stat().st_size if path.exists() else 0
            return at + call.size // 2

        if before == call.name:
            stops = [f"{before}:signal=STOP:when={nth}..{call.nth}"]
        else:
            stops = [f"{before}:signal=STOP:when={nth}", f"{call.name}:signal=STOP:when={call.nth}"]
        options = ["-e", f"trace={before},{call.name}"]
        for stop in stops:
            options += ["-e", f"inject={stop}"]
        return self._run(case.flow, case.seed, place, *options, stops=[half, lambda: -1])

    def _run(
        self, flow: str, seed: int, place: Place, *options: str, stops: list[Callable[[], int]] | None = None
    ) -> tuple[int, bool]:
        ready, go = os.pipe()

        def child() -> None:
            if self.plant:
                BUGS[self.plant]()
            live(flow, seed, place)

        pid = flow_child.fork(child, ready)
        os.close(ready)
        try:
            tracer = trace.attach(pid, self._log, *options)
            os.write(go, b"!")
            return trace.wait(pid, tracer, stops or [])
        finally:
            os.close(go)

    def _is_hit(self, case: Case, status: int) -> bool:
        if case.kind == "KILL":
            return os.WIFSIGNALED(status)
        lines = [line for line in self._log.read_text(errors="replace").splitlines()
                 if line.startswith(case.call.name + "(")]  # fmt: skip
        if case.kind == "SHORT":
            said = re.search(r"= (-?\d+)$", lines[case.call.nth - 1]) if len(lines) >= case.call.nth else None
            return said is not None and int(said[1]) == case.call.size // 2
        return any("(INJECTED)" in line for line in lines)

    def judged(self, place: Place, seed: int) -> dict[str, list[str]]:
        """What a fresh process finds."""
        try:
            found: dict[str, list[str]] = flow_child.answer(lambda: judge(place, seed), place.root / "judged")
        except flow_child.Died as error:
            return {"I18": [f"the next start: {error}"]}
        return found


def _copy(place: Place, root: Path) -> Place:
    shutil.copytree(place.root, root)
    Place(root).said.unlink(missing_ok=True)
    shutil.copy(place.said, root / "said")
    return Place(root)


def flows(size: int, seed: int) -> list[tuple[str, int]]:
    """The flows of a run: three where it is small, twelve where it is large."""
    if size <= 1000:
        return [("first", seed), ("again", seed), ("again", seed + 1)]
    return [("first", seed + n) for n in range(3)] + [("again", seed + n) for n in range(9)]


def run(job: Job) -> Tally:
    """About `size` cases, evenly of every flow."""
    tally = Tally(job)
    tally.skipped = trace.missing()
    if tally.skipped:
        return tally
    with flow_child.scratch(job.folder) as folder:
        _drive(job, tally, Bench(folder, job.plant))
    return tally


def _drive(job: Job, tally: Tally, bench: Bench) -> None:
    began = time.monotonic()
    chosen = flows(job.size, job.seed)
    streams = []
    for flow, seed in chosen:
        calls = bench.calls(flow, seed)
        tally.measured[f"{flow}/{seed}"] = {"calls": len(calls), "cases": len(list(cases(calls, flow, seed)))}
        streams.append(cases(calls, flow, seed))
    counts = Counter[str]()
    while streams and tally.cases < job.size:
        for stream in list(streams):
            case = next(stream, None)
            if case is None:
                streams.remove(stream)
            elif tally.cases < job.size:
                found = bench.run(case)
                counts["missed" if found is None else case.kind] += 1
                if found is not None:
                    tally.case(str(case), found)
    seconds = time.monotonic() - began
    tally.measured |= {"kinds": dict(counts), "cases_per_second": round(tally.cases / seconds, 1)}


def main() -> None:
    """Repeat one case by its name."""
    flow, _, rest = sys.argv[1].partition("/")
    seed, call, kind = rest.split()
    bench = Bench(Path(tempfile.mkdtemp(prefix="fault-", dir="/dev/shm")) / "bench", *sys.argv[2:3])
    wanted = next(c for c in bench.calls(flow, int(seed)) if f"{c.name}#{c.nth}" == call)
    found = bench.run(Case(flow, int(seed), wanted, kind))
    sys.stdout.write(f"{wanted}\n{json.dumps(found, ensure_ascii=False, indent=1)}\n{bench.folder}\n")
    sys.stdout.writelines(f"{said}\n" for said in Place(bench.folder / "case").told())


if __name__ == "__main__":
    main()
