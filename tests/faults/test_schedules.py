"""Random schedules of requests, workers, crashes, reboots and bad weather, on the real core.

`SCHEDULES=5000 pytest tests/faults/test_schedules.py` runs more of them. A seed that fails is a run that
can be repeated: `SEED=… SCHEDULES=1`.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core import checkpoints, clock, db, decisions, documents, posting, registry, rng, scope, sending, states
from core.channels import Ambiguous, Answer, ChannelCaps, NotFound
from core.clock import FakeClock
from core.contributions import Actor
from core.documents import Document
from core.house import House
from core.posting import post
from core.states import Moment, Standing, State
from tests.factories import SELLER, draft
from tests.faults.weather import PulledPlug, StormyChannel

SCHEDULES = int(os.environ.get("SCHEDULES", "120"))
FIRST_SEED = int(os.environ.get("SEED", "1"))
STEPS = 60

ANSWERED, OBSERVED, GO_ON = states.answered, states.observed, sending._go_on

IDEMPOTENT = ChannelCaps(
    idempotent_by_serial=True, query="strong", settle_seconds=120, listing=True, batch=10
)
CARELESS = ChannelCaps(idempotent_by_serial=False, query="strong", settle_seconds=120, listing=True, batch=10)
VAGUE = ChannelCaps(idempotent_by_serial=False, query="heuristic", settle_seconds=300, batch=10)


class Schedule:
    """One company's life under one seed."""

    def __init__(self, house: House, caps: ChannelCaps, seed: int, now: FakeClock) -> None:
        self.house, self.now, self.boots = house, now, 1
        self.chance = random.Random(seed)
        self.channel = StormyChannel(self.chance, caps)
        posting.furnish([], [self.channel])
        self.company = registry.create_company(SELLER.name, SELLER.tax_id, "11")
        self.actor = Actor("u", "张三", self.company, "owner", {self.company: "owner"})
        self.runner = house.runner()
        self.asked = 0

    def live(self, reboots: float) -> None:
        for _ in range(STEPS):
            step = self.chance.choices(
                [self.ask_for, self.ask_again, self.work, self.wait, self.reboot, self.decide],
                [3, 2, 8, 3, reboots, 1],
            )[0]
            step()
        self.channel.foul = 0
        self.heal()

    def ask_for(self) -> None:
        self.asked += 1
        self._post(self.asked)

    def ask_again(self) -> None:
        if self.asked:
            self._post(self.chance.randint(1, self.asked))

    def _post(self, number: int) -> None:
        key = f"k{number}-{self.chance.randint(1, 2)}"
        with scope.opened(self.company, "u"):
            post(draft(source_ref=f"A-{number}", order_no=f"A-{number}"), key, self.actor)

    def work(self) -> None:
        try:
            self.runner.run_once()
        except PulledPlug:
            # The worker is gone with its leases; another takes its place.
            self.runner = self.house.runner()

    def wait(self) -> None:
        self.now.sleep(self.chance.choice([0.5, 2, 10, 61, 130]))

    def reboot(self) -> None:
        self.boots += 1
        # Late executions go on by the bureau's clock, whatever happens to ours.
        before = self.now.steady()
        self.now.reboot(f"{self.company}-{self.boots}")
        self.channel.late = [(due - before, order) for due, order in self.channel.late]
        registry.begin(clock.boot())
        self.runner = self.house.runner()
        self.runner.recover()

    def decide(self) -> None:
        """A person looks at the parked ones: asks the bureau's list, and only then queues again."""
        with scope.opened(self.company, "u"):
            for document in documents.documents([State.PARKED]):
                ref = document.invoice.source_ref
                if not self.channel.made_for(ref) and not self.channel.late and self.chance.random() < 0.5:
                    decisions.requeue(document.id, self.actor, document.version)

    def heal(self) -> None:
        for _ in range(400):
            self.work()
            with scope.opened(self.company):
                open_states = [State.QUEUED, State.SENDING, State.ACCEPTED, State.UNKNOWN]
                if not documents.documents(open_states):
                    return
            self.now.sleep(5)
        with scope.opened(self.company):
            stuck = documents.documents([State.QUEUED, State.SENDING, State.ACCEPTED, State.UNKNOWN])
        raise AssertionError(f"stuck: {[(d.state, d.reason, d.standing) for d in stuck]}")

    def check(self) -> None:
        with scope.opened(self.company):
            live = {d.invoice.source_ref: d for d in documents.documents(limit=500) if not d.replaced_by}
            assert len(live) == len({d.invoice.source_ref for d in documents.documents(limit=500)})
            for ref, document in live.items():
                made = self.channel.made_for(ref)
                assert len(made) <= 1, f"{ref} was issued {len(made)} times"
                if document.state is State.ISSUED:
                    assert [document.number] == [m.number for m in made], (
                        f"{ref}: no such invoice at the bureau"
                    )
                elif made:
                    assert document.state is State.PARKED, f"{ref} is {document.state} here, issued there"
            assert documents.equation().closes
            assert checkpoints.verify(self.house.signer).problems == []


def run(house: House, caps: ChannelCaps, seed: int, reboots: float = 0.5) -> None:
    """Live through one seed and check it.

    :raise AssertionError: an invariant is broken; the text names the seed.
    """
    start = FakeClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    try:
        with rng.use(seed), clock.use(start):
            schedule = Schedule(house, caps, seed, start)
            schedule.live(reboots)
            schedule.check()
    except AssertionError as error:
        raise AssertionError(f"SEED={seed} SCHEDULES=1: {error}") from error
    finally:
        with db.transaction(db.system):
            db.system.execute_sql("DELETE FROM _task")


@pytest.mark.slow
@pytest.mark.parametrize("caps", [IDEMPOTENT, CARELESS, VAGUE], ids=["idempotent", "careless", "vague"])
def test_no_schedule_loses_or_doubles_an_invoice(bare: House, caps: ChannelCaps) -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + SCHEDULES):
        run(bare, caps, seed)


def blind_retry(standing: Standing, answer: Answer, now: Moment) -> Standing:
    if isinstance(answer, Ambiguous):
        return replace(standing, state=State.QUEUED)
    return ANSWERED(standing, answer, now)


def no_settle_window(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    return OBSERVED(standing, answer, replace(caps, settle_seconds=0), now)


def window_survives_reboot(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    window = standing.window
    if window is not None and window.boot != now.boot:
        standing = replace(standing, window=Moment(now.boot, now.at - caps.settle_seconds))
    return OBSERVED(standing, answer, caps, now)


def not_found_means_refused(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    if isinstance(answer, NotFound):
        return replace(standing, state=State.REJECTED, reason="NOT-FOUND")
    return OBSERVED(standing, answer, caps, now)


def machine_retries_anything(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    seen = OBSERVED(standing, answer, caps, now)
    return replace(seen, state=State.QUEUED) if seen.state is State.PARKED else seen


def lost_is_queued(standing: Standing, now: Moment) -> Standing:
    return replace(standing, state=State.QUEUED)


def forgets_the_question(document: Document, standing: Standing, answer: Answer | None) -> None:
    if standing.state is State.QUEUED:
        GO_ON(document, standing, answer)


PLANTED: list[tuple[object, str, object, ChannelCaps, float]] = [
    (states, "answered", blind_retry, CARELESS, 0.5),
    (states, "observed", no_settle_window, IDEMPOTENT, 0.5),
    (states, "observed", window_survives_reboot, IDEMPOTENT, 6),
    (states, "observed", not_found_means_refused, IDEMPOTENT, 0.5),
    (states, "observed", machine_retries_anything, VAGUE, 0.5),
    (states, "lost", lost_is_queued, CARELESS, 0.5),
    (sending, "_go_on", forgets_the_question, IDEMPOTENT, 0.5),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "bug", "caps", "reboots"), PLANTED, ids=[str(row[2]).split()[1] for row in PLANTED]
)
def test_a_planted_bug_is_caught(
    bare: House,
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    name: str,
    bug: object,
    caps: ChannelCaps,
    reboots: float,
) -> None:
    monkeypatch.setattr(module, name, bug)
    with pytest.raises(AssertionError, match="SEED="):
        for seed in range(1, 400):
            run(bare, caps, seed, reboots)
