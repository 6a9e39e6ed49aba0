"""Tasks are leased, retried, never lost; jobs stop with their module."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from core import db, registry, scope, tasks
from core.clock import FakeClock
from core.contributions import Job, Plugin
from core.hookspecs import hookimpl
from core.house import House
from core.jobs import Runner
from core.tasks import Task


class Worker:
    """A guest plugin with one job that fails as often as it is told to."""

    def __init__(self, house: House, every: float | None = None) -> None:
        self.done: list[Task] = []
        self.fail = 0
        module = ModuleType("guest")
        module.__file__ = __file__
        module.PLUGIN = Plugin("guest", "guest", "")  # type: ignore[attr-defined]
        module.provide_jobs = hookimpl(lambda: [])  # type: ignore[attr-defined]
        house.plugins.add("guest", module)
        job = Job("guest.work", self.run, every=every)
        self.runner = Runner({"guest.work": ("guest", job)}, house.signer)

    def run(self, task: Task) -> None:
        if self.fail > 0:
            self.fail -= 1
            raise RuntimeError("not now")
        self.done.append(task)


@pytest.fixture
def worker(bare: House, company: str, fake_clock: FakeClock) -> Worker:
    return Worker(bare)


def put(ref: str = "r", **body: str) -> None:
    with db.transaction():
        tasks.enqueue("guest.work", ref, body)


def test_a_task_runs_once_with_its_body(worker: Worker, company: str) -> None:
    put(word="x")
    assert worker.runner.run_once()
    assert not worker.runner.run_once()
    assert [(t.company, t.ref, t.body) for t in worker.done] == [(company, "r", {"word": "x"})]


def test_a_task_of_a_lost_transaction_never_runs(worker: Worker) -> None:
    with pytest.raises(RuntimeError), db.transaction():
        tasks.enqueue("guest.work", "r")
        raise RuntimeError
    assert not worker.runner.run_once()


def test_asking_twice_makes_one_task(worker: Worker) -> None:
    put(word="old")
    put(word="new")
    worker.runner.drain(10)
    assert [task.body["word"] for task in worker.done] == ["new"]


def test_a_failed_task_is_tried_again_later(worker: Worker, fake_clock: FakeClock) -> None:
    worker.fail = 2
    put()
    worker.runner.drain(1)
    assert worker.done == []
    worker.runner.drain(30)
    assert [task.tries for task in worker.done] == [2]


def test_a_task_that_never_works_dies_visibly(worker: Worker) -> None:
    worker.fail = 100
    put()
    worker.runner.drain(100_000)
    assert worker.done == []
    assert tasks.dead() == [("guest.work", "r", "RuntimeError('not now')")]


def test_a_lease_keeps_others_away_until_it_runs_out(worker: Worker, fake_clock: FakeClock) -> None:
    put()
    assert len(tasks.claim("one", {"guest.work": 5})) == 1
    assert tasks.claim("two", {"guest.work": 5}) == []
    fake_clock.sleep(tasks.LEASE_SECONDS + 1)
    assert len(tasks.claim("two", {"guest.work": 5})) == 1


def test_work_of_another_run_of_the_machine_is_due_at_once(worker: Worker, fake_clock: FakeClock) -> None:
    with db.transaction():
        tasks.enqueue("guest.work", "r", delay=1000)
    tasks.claim("dead process", {"guest.work": 5})
    fake_clock.reboot("boot-2")
    registry.begin(fake_clock.boot())
    assert worker.runner.run_once()


def test_a_task_asked_for_again_while_it_runs_runs_again(
    bare: House, company: str, fake_clock: FakeClock
) -> None:
    worker = Worker(bare)
    again = {"left": 1}

    def run(task: Task) -> None:
        worker.done.append(task)
        if again["left"]:
            again["left"] -= 1
            put()

    runner = Runner({"guest.work": ("guest", Job("guest.work", run))}, bare.signer)
    put()
    runner.drain(10)
    assert len(worker.done) == 2


def test_a_job_of_a_module_that_is_off_waits(worker: Worker, fake_clock: FakeClock) -> None:
    registry.switch("guest", False, "user:x")
    put()
    worker.runner.drain(60)
    assert worker.done == []
    registry.switch("guest", True, "user:x")
    worker.runner.drain(60)
    assert len(worker.done) == 1


def test_regular_jobs_run_for_each_company_where_the_module_is_on(
    bare: House, company: str, fake_clock: FakeClock
) -> None:
    other = registry.create_company("另一家", "91310115MA1K00007Q", "31")
    worker = Worker(bare, every=60)
    for _ in range(3):
        worker.runner.tick_once()
        worker.runner.drain(1)
        fake_clock.sleep(45)
    assert sorted(task.company for task in worker.done) == sorted([company, other] * 2)
    registry.switch("guest", False, "user:x")
    fake_clock.sleep(120)
    worker.runner.tick_once()
    worker.runner.drain(1)
    assert [task.company for task in worker.done[4:]] == [other]


def test_a_busy_companys_backlog_keeps_nobody_else_waiting(worker: Worker, company: str) -> None:
    for number in range(60):
        put(str(number))
    other = registry.create_company("另一家", "91310115MA1K00007Q", "31")
    with scope.opened(other):
        put("theirs")
    found = tasks.claim("one", {"guest.work": 5}, {(company, "guest.work")})
    assert [(task.company, task.ref) for task in found] == [(other, "theirs")]


def test_a_task_asked_for_anew_has_all_its_tries(worker: Worker, company: str) -> None:
    worker.fail = len(tasks.PAUSES)
    put()
    worker.runner.drain(sum(tasks.PAUSES[:-1]) + 5)
    put()
    worker.fail = 1
    worker.runner.drain(10)
    assert len(worker.done) == 1
    assert tasks.dead() == []


def test_what_was_asked_for_while_the_last_try_ran_does_not_die(
    worker: Worker, company: str, fake_clock: FakeClock
) -> None:
    put()
    last = replace(tasks.claim("one", {"guest.work": 1})[0], tries=len(tasks.PAUSES))
    put(word="new")
    tasks.postpone(last, "failed")
    worker.runner.drain(10)
    assert [task.body for task in worker.done] == [{"word": "new"}]


def test_asking_later_does_not_put_off_what_was_asked_for_now(worker: Worker, company: str) -> None:
    put()
    tasks.claim("one", {"guest.work": 1})
    put(word="heard")
    with db.transaction():
        tasks.enqueue("guest.work", "r", {"word": "later"}, delay=300)
    assert worker.runner.run_once()
