"""The workers: they lease tasks, run them in their company's scope, and feed events to the plugins."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from core import (
    checkpoints,
    clock,
    db,
    disk,
    ledger,
    plugins,
    posting,
    registry,
    reopening,
    rng,
    scope,
    sending,
    tasks,
)
from core.checkpoints import Signer
from core.contributions import Job
from core.events import Event
from core.tasks import Task

log = logging.getLogger(__name__)

FEED_PAUSES = (1.0, 5.0, 30.0, 120.0, 300.0)
HOUR = 3600.0
REOPEN_PAUSE = 5.0
"""Seconds between two looks at whether a restore is settled."""
_CORE = (posting.SEND, posting.ASK)
_BATCH = 50
_GATHER_SECONDS = 0.05
"""After a batch, a company's next one gathers so long: under load fewer and fuller calls."""
_FEED_BATCH = 20
_WAY_SECONDS = 0.04


class Runner:
    """Runs everything that happens beside requests. One per process."""

    def __init__(self, jobs: dict[str, tuple[str, Job]], signer: Signer, workers: int = 3) -> None:
        self._jobs = jobs
        self._signer = signer
        self._owner = rng.token(6)
        self._stop = threading.Event()
        self._claiming = threading.Lock()
        self._busy: set[tuple[str, str]] = set()
        self._resting: dict[tuple[str, str], float] = {}
        self._kinds = {**dict.fromkeys(_CORE, _BATCH), **dict.fromkeys(jobs, 1)}
        self._last: dict[tuple[str, str], float] = {}
        self._reopen_at = -1e9
        self._failing: dict[tuple[str, str], tuple[int, float]] = {}
        loops: list[Callable[[], None]] = [*[self._work] * workers, self._feed, self._tick]
        self._threads = [
            threading.Thread(target=loop, name=f"fapiao-{i}", daemon=True) for i, loop in enumerate(loops)
        ]

    def start(self) -> None:
        """Begin, with what an earlier run of this data folder left behind."""
        self.recover()
        for thread in self._threads:
            thread.start()

    @staticmethod
    def recover() -> None:
        """Take up what an earlier run left behind: only for who holds the data folder alone."""
        tasks.release_all()
        lost = sending.recover()
        if lost:
            log.warning(
                "%s documents were in flight when the last run ended; their outcome is asked for", lost
            )

    def stop(self) -> None:
        """Finish what is in hand, sign checkpoints, and end."""
        self._stop.set()
        tasks.wake()
        with ledger.grown:
            ledger.grown.notify_all()
        for thread in self._threads:
            thread.join(timeout=30)
        if disk.is_writable():
            self.checkpoint_all()

    def _work(self) -> None:
        while not self._stop.is_set():
            if not disk.is_writable():
                self._stop.wait(disk.LOOK_SECONDS)
                continue
            if self._guard(self.run_once):
                continue
            ahead = tasks.next_due(list(self._kinds))
            with tasks.waiting:
                if not self._stop.is_set():
                    tasks.waiting.wait(min(max(ahead, 0.01), 0.5) if ahead is not None else 0.5)
        db.close()

    def run_once(self) -> bool:
        """Lease and do one batch; False where nothing is due."""
        with self._claiming:
            batch = tasks.claim(self._owner, self._kinds, self._busy | self._gathering())
            if not batch:
                return False
            at = batch[0].company, batch[0].kind
            # Work of one kind of one company is done by one worker at a time, also past its lease.
            self._busy.add(at)
        try:
            self._do(batch)
        finally:
            self._busy.discard(at)
            if at[1] in _CORE:
                self._resting[at] = clock.steady() + _GATHER_SECONDS
        return True

    def _gathering(self) -> set[tuple[str, str]]:
        # A copy: another worker may just be adding its own.
        return {at for at, until in list(self._resting.items()) if until > clock.steady()}

    def _do(self, batch: Sequence[Task]) -> None:
        with scope.opened(batch[0].company):
            kind = batch[0].kind
            if kind in _CORE:
                step = sending.send if kind == posting.SEND else sending.ask
                ok, error = (
                    (False, None) if len(batch) == 1 else plugins.Plugins.guarded(step, batch, self._owner)
                )
                if not ok:
                    if error is not None:
                        log.warning("%s of %s together failed: %r; now one by one", kind, len(batch), error)
                    # One by one, the one that cannot be done does not hold the others.
                    for task in batch:
                        self._try([task], lambda one=task: step([one], self._owner))  # type: ignore[misc]
            else:
                plugin, job = self._jobs[kind]
                for task in batch:
                    self._run(plugin, job, task)

    def _run(self, plugin: str, job: Job, task: Task) -> None:
        if not plugins.current().is_on(plugin):
            # Off for this company: the task waits, and goes on where it was when the module is back.
            with db.transaction():
                db.update("task", {"id": task.id}, {"state": "ready", "due": clock.steady() + 15})
            return

        def whole() -> None:
            plugins.current().carry_out(plugin, "job", job.run, task)
            with db.transaction():
                tasks.finish([task], self._owner)

        self._try([task], whole)

    def _try(self, batch: Sequence[Task], call: Callable[[], None]) -> None:
        ok, error = plugins.Plugins.guarded(call)
        if ok:
            return
        log.error("%s failed: %r", batch[0].kind, error, exc_info=error)
        for task in batch:
            # A document on its way waits for no person: it is tried until it works.
            tasks.postpone(task, repr(error), for_ever=task.kind in _CORE)

    def _guard(self, call: Callable[[], bool]) -> bool:
        ok, value = plugins.Plugins.guarded(call)
        if not ok:
            log.error("a worker stumbled: %r", value, exc_info=value)
        return bool(ok and value)

    def _feed(self) -> None:
        while not self._stop.is_set():
            if not disk.is_writable() or not self._guard(self.feed_once):
                with ledger.grown:
                    if not self._stop.is_set():
                        ledger.grown.wait(1.0)
        db.close()

    def feed_once(self) -> bool:
        """Tell every plugin what it has not been told; False where nobody is behind."""
        moved = False
        listeners = plugins.current().listeners()
        for company, size in db.system.execute_sql("SELECT company, size FROM _ledger_head").fetchall():
            with scope.opened(company):
                cursors = dict(db.rows("SELECT module, seq FROM feed_cursor"))
                for name in listeners:
                    if cursors.get(name, 0) < size and plugins.current().is_on(name):
                        ok, told = plugins.Plugins.guarded(self._tell, company, name, cursors.get(name))
                        if not ok:
                            log.error("%s cannot be told: %r", name, told, exc_info=told)
                            self._put_off(company, name)
                        moved = bool(ok and told) or moved
                        self._give_way()
        return moved

    def _give_way(self) -> None:
        # Issuing goes first: while documents are on their way, what plugins are told may lag a little.
        if self._busy or self._gathering():
            self._stop.wait(_WAY_SECONDS)

    def _tell(self, company: str, name: str, told: int | None) -> bool:
        if clock.steady() < self._failing.get((company, name), (0, 0.0))[1]:
            return False
        last = told or 0
        with sending.turn, db.transaction():
            wanted = plugins.current().manifests[name].listens
            for event in ledger.events(last, _FEED_BATCH * (2 if wanted else 1)):
                if (not wanted or event.kind in wanted) and not self._told(name, event):
                    self._put_off(company, name)
                    break
                last = event.seq
            else:
                self._failing.pop((company, name), None)
            if told is None and last:
                db.insert("feed_cursor", {"module": name, "seq": last})
            elif last > (told or 0):
                db.update("feed_cursor", {"module": name}, {"seq": last})
        return last > (told or 0)

    def _put_off(self, company: str, name: str) -> None:
        fails = self._failing.get((company, name), (0, 0.0))[0]
        pause = FEED_PAUSES[min(fails, len(FEED_PAUSES) - 1)]
        self._failing[company, name] = (fails + 1, clock.steady() + pause)

    @staticmethod
    def _told(name: str, event: Event) -> bool:
        # What a plugin writes for an event and its place in the ledger are one transaction; what a
        # failed telling wrote is taken back.
        with db.guarded.savepoint() as point:
            ok = plugins.current().tell(name, event)
            if not ok:
                point.rollback()
        return ok

    def _tick(self) -> None:
        while not self._stop.wait(1.0):
            if disk.is_writable():
                self._guard(self.tick_once)
        db.close()

    def tick_once(self) -> bool:
        """Enqueue the jobs whose time has come, and sign the hourly checkpoints."""
        now = clock.steady()
        if registry.frozen() and now >= self._reopen_at:
            self._reopen_at = now + REOPEN_PAUSE
            reopening.step(self._signer)
        self._run_site_jobs(now)
        for company in registry.companies():
            with scope.opened(company.id):
                for kind, (plugin, job) in self._jobs.items():
                    if (
                        not job.site
                        and self._is_due(company.id, job, now)
                        and plugins.current().is_on(plugin)
                    ):
                        with db.transaction():
                            tasks.enqueue(kind, "every")
        if now - self._last.setdefault(("", "checkpoint"), now) >= HOUR:
            self._last["", "checkpoint"] = now
            reopening.look_back(self._signer)
            self.checkpoint_all()
        return True

    def _is_due(self, company: str, job: Job, now: float) -> bool:
        if not job.every or now - self._last.get((company, job.kind), -1e9) < job.every:
            return False
        self._last[company, job.kind] = now
        return True

    def _run_site_jobs(self, now: float) -> None:
        for kind, (plugin, job) in self._jobs.items():
            if job.site and self._is_due("", job, now):
                ok, error = plugins.current().held(plugin, "job", job.run, Task("", "", kind, "every", {}, 0))
                if not ok:
                    log.error("%s failed: %r", kind, error, exc_info=error)

    def checkpoint_all(self) -> None:
        """Sign and witness the present state of every company's ledger."""
        for company in registry.companies():
            with scope.opened(company.id):
                checkpoints.checkpoint(self._signer)

    def drain(self, seconds: float = 60.0, until: Callable[[], bool] | None = None) -> bool:
        """Without threads: do what is due until nothing is, or `until` holds; False when time ran out."""
        end = clock.steady() + seconds
        while clock.steady() < end:
            if until and until():
                return True
            busy = self.run_once()
            busy = self.feed_once() or busy
            if busy:
                continue
            ahead = tasks.next_due(list(self._kinds))
            if ahead is None and until is None:
                return True
            clock.sleep(min(max(ahead if ahead is not None else 0.05, 0.005), 0.1))
        return bool(until and until())
