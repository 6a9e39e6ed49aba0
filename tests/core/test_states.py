"""The state machine keeps its five rules whatever is answered, in whatever order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.channels import Accepted, Ambiguous, Answer, ChannelCaps, Issued, NotFound, NotSent, Refused
from core.states import (
    ASK_AGAIN,
    FINAL,
    Moment,
    Standing,
    State,
    answered,
    claim,
    give_up,
    lost,
    next_question,
    observed,
    requeue,
    serial,
)

ISSUED = Issued("S", "26112000000012345678", "2026-11-24", "91110108MA01ABCD5T", "上海样例", 33900)
ANSWERS: tuple[Answer, ...] = (
    ISSUED, Accepted(), Refused("3001", "no"), NotSent("CREDIT", "none left"), NotFound(),
    Ambiguous("TIMEOUT"),
)  # fmt: skip
PROFILES = [
    ChannelCaps(idempotent, query, settle, preassigned_number=preassigned)  # type: ignore[arg-type]
    for idempotent, query, settle, preassigned in product(
        (True, False), ("strong", "eventual", "heuristic", "none"), (0.0, 60.0), (True, False)
    )
]
STRONG = ChannelCaps(True, "strong", 60.0)
T0 = Moment("boot-1", 1000.0)
QUIET = {State.UNKNOWN, State.PARKED, State.ACCEPTED}


def after(seconds: float, boot: str = "boot-1") -> Moment:
    return Moment(boot, 1000.0 + seconds)


def sent(times: int = 1) -> Standing:
    """A document in flight for the nth time under one serial."""
    standing = Standing()
    for _ in range(times):
        standing = claim(replace(standing, state=State.QUEUED), T0)
    return standing


class Documents(RuleBasedStateMachine):
    """One document under every answer, in any order, with restarts; what must hold is kept beside it."""

    @initialize(caps=st.sampled_from(PROFILES), rounds=st.integers(0, 2))
    def begin(self, caps: ChannelCaps, rounds: int) -> None:
        self.caps, self.standing = caps, Standing()
        self.boot, self.at = 1, 1000.0
        self.may_live = 0
        """Sends under this serial of which it is not certain that nothing happened."""
        self.quiet_since: tuple[int, float] | None = None
        for _ in range(rounds):
            self.one_silent_round()

    def one_silent_round(self) -> None:
        """Sent, no answer, not found once the window is over: queued again where that is allowed."""
        if self.is_in(State.QUEUED):
            self.sender_takes_it()
            self.bureau_answers(Ambiguous("TIMEOUT"))
            self.at += self.caps.settle_seconds
            self.bureau_is_asked(NotFound())

    def now(self) -> Moment:
        return Moment(f"boot-{self.boot}", self.at)

    def settled(self) -> bool:
        since = self.quiet_since
        return since is not None and since[0] == self.boot and self.at - since[1] >= self.caps.settle_seconds

    def is_in(self, *states: State) -> bool:
        return self.standing.state in states

    def restart_window(self) -> None:
        self.quiet_since = (self.boot, self.at)

    @rule(seconds=st.sampled_from([0.0, 0.5, 1.0, 30.0, 59.9, 60.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.at += seconds

    @rule()
    def machine_restarts(self) -> None:
        self.boot, self.at = self.boot + 1, 0.0

    @precondition(lambda self: self.is_in(State.QUEUED))
    @rule()
    def sender_takes_it(self) -> None:
        # Never a second send by a machine where the bureau might make a second invoice of it.
        assert self.may_live == 0 or self.caps.idempotent_by_serial or self.caps.preassigned_number
        self.standing = claim(self.standing, self.now())
        self.may_live += 1
        self.restart_window()

    @precondition(lambda self: self.is_in(State.SENDING))
    @rule(answer=st.sampled_from(ANSWERS))
    def bureau_answers(self, answer: Answer) -> None:
        alone = self.may_live == 1
        self.standing = answered(self.standing, answer, self.now())
        self.restart_window()
        if isinstance(answer, Refused):
            assert self.is_in(State.REJECTED if alone else State.UNKNOWN)
        elif isinstance(answer, NotSent):
            assert self.is_in(State.QUEUED if alone else State.UNKNOWN)
            self.may_live -= 1 if alone else 0
        elif isinstance(answer, (NotFound, Ambiguous)):
            assert self.is_in(State.UNKNOWN)

    @precondition(lambda self: self.is_in(State.SENDING))
    @rule()
    def sender_dies(self) -> None:
        self.standing = lost(self.standing, self.now())
        self.restart_window()
        assert self.is_in(State.UNKNOWN)

    @precondition(lambda self: self.is_in(*QUIET))
    @rule(answer=st.sampled_from(ANSWERS))
    def bureau_is_asked(self, answer: Answer) -> None:
        before = self.standing
        if self.quiet_since is None or self.quiet_since[0] != self.boot:
            self.restart_window()
        self.standing = observed(before, answer, self.caps, self.now())
        if isinstance(answer, Accepted):
            self.restart_window()
        certain = isinstance(answer, Refused) and self.may_live <= 1
        if self.is_in(State.REJECTED, State.QUEUED) and not certain:
            assert before.state is not State.PARKED, "a person decides"
            assert isinstance(answer, (NotFound, Refused))
            assert self.settled(), "silence proves nothing before the window is over"
            assert self.caps.query != "none"
        if self.is_in(State.PARKED) and before.state is not State.PARKED:
            assert self.settled()
        if isinstance(answer, Issued):
            assert self.is_in(State.ISSUED)

    @precondition(lambda self: self.is_in(State.PARKED))
    @rule()
    def person_queues_again(self) -> None:
        old = self.standing
        self.standing = requeue(old)
        assert self.standing == Standing(generation=old.generation + 1)
        self.may_live, self.quiet_since = 0, None

    @precondition(lambda self: self.is_in(State.PARKED))
    @rule()
    def person_withdraws(self) -> None:
        self.standing = give_up(self.standing)
        assert self.is_in(State.VOID)

    @precondition(lambda self: self.is_in(*FINAL))
    @rule(answer=st.sampled_from(ANSWERS))
    def what_is_final_stays(self, answer: Answer) -> None:
        steps: list[Callable[[], Standing]] = [
            lambda: claim(self.standing, self.now()),
            lambda: lost(self.standing, self.now()),
            lambda: answered(self.standing, answer, self.now()),
            lambda: observed(self.standing, answer, self.caps, self.now()),
            lambda: requeue(self.standing),
            lambda: give_up(self.standing),
        ]
        for step in steps:
            with pytest.raises(ValueError):
                step()

    @invariant()
    def attempts_count_the_sends_that_may_live(self) -> None:
        assert self.standing.attempts == self.may_live

    @invariant()
    def a_question_is_never_put_off_for_ever(self) -> None:
        if self.is_in(*QUIET):
            pause = next_question(self.standing, self.caps, self.now())
            assert 0 < pause <= max(*ASK_AGAIN, self.caps.ask_after)

    @invariant()
    def a_reason_is_known_for_what_went_wrong(self) -> None:
        assert bool(self.standing.reason) or not self.is_in(
            State.UNKNOWN, State.PARKED, State.REJECTED, State.VOID
        )


TestDocuments = Documents.TestCase
TestDocuments.settings = settings(deadline=None, max_examples=120, stateful_step_count=30)


@pytest.mark.parametrize("caps", PROFILES, ids=str)
def test_nothing_is_decided_by_silence_within_the_window(caps: ChannelCaps) -> None:
    unknown = answered(sent(), Ambiguous("TIMEOUT"), T0)
    if caps.settle_seconds:
        assert observed(unknown, NotFound(), caps, after(caps.settle_seconds - 0.001)).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("caps", "state"),
    [
        (ChannelCaps(True, "strong", 60), State.QUEUED), (ChannelCaps(True, "eventual", 60), State.QUEUED),
        (ChannelCaps(False, "strong", 60), State.PARKED), (ChannelCaps(True, "heuristic", 60), State.PARKED),
        (ChannelCaps(False, "strong", 60, preassigned_number=True), State.QUEUED),
        (ChannelCaps(True, "none", 60), State.PARKED), (ChannelCaps(False, "none", 60), State.PARKED),
    ],
)  # fmt: skip
def test_not_found_after_the_window_depends_on_the_channel(caps: ChannelCaps, state: State) -> None:
    unknown = answered(sent(), Ambiguous("TIMEOUT"), T0)
    assert observed(unknown, NotFound(), caps, after(60)).state is state


def test_a_late_refusal_rejects_only_once_the_window_is_over() -> None:
    heard = answered(sent(2), Refused("3001", "no"), T0)
    assert (heard.state, heard.refused) == (State.UNKNOWN, True)
    assert observed(heard, NotFound(), STRONG, after(59)).state is State.UNKNOWN
    assert observed(heard, NotFound(), STRONG, after(60)).state is State.REJECTED
    assert observed(heard, ISSUED, STRONG, after(60)).state is State.ISSUED


def test_a_second_refusal_proves_nothing_of_the_first_send() -> None:
    asked = observed(answered(sent(2), Ambiguous("TIMEOUT"), T0), Refused("3001", "no"), STRONG, after(1))
    assert (asked.state, asked.refused) == (State.UNKNOWN, True)
    assert answered(sent(2), NotSent("CREDIT", "none left"), T0).state is State.UNKNOWN
    assert (
        observed(answered(sent(), Accepted(), T0), Refused("3001", "no"), STRONG, T0).state is State.REJECTED
    )


def test_what_is_parked_waits_for_a_person_whatever_the_channel() -> None:
    parked = Standing(State.PARKED, attempts=1, window=T0)
    for answer in (NotFound(), Ambiguous("TIMEOUT"), NotSent("BUSY", "later")):
        assert observed(parked, answer, STRONG, after(10**6)).state is State.PARKED
    assert observed(parked, ISSUED, STRONG, after(10**6)).state is State.ISSUED


def test_a_send_is_recorded_before_it_leaves() -> None:
    standing = claim(Standing(asked=5, reason="CREDIT"), T0)
    assert standing == Standing(State.SENDING, attempts=1, window=T0)


def test_a_window_begins_again_with_another_run_of_the_machine() -> None:
    unknown = answered(sent(), Ambiguous("TIMEOUT"), T0)
    first = observed(unknown, NotFound(), STRONG, Moment("boot-2", 10**9))
    assert (first.state, first.window) == (State.UNKNOWN, Moment("boot-2", 10**9))
    assert observed(first, NotFound(), STRONG, Moment("boot-2", 10**9 + 60)).state is State.QUEUED


def test_a_question_without_an_answer_changes_nothing_but_its_count() -> None:
    unknown = answered(sent(), Ambiguous("TIMEOUT"), T0)
    for answer in (Ambiguous("TIMEOUT"), NotSent("BUSY", "later")):
        assert observed(unknown, answer, STRONG, after(3600)) == replace(unknown, asked=1)


@pytest.mark.parametrize("state", [state for state in State if state is not State.QUEUED])
def test_only_what_is_queued_is_sent(state: State) -> None:
    with pytest.raises(ValueError):
        claim(Standing(state), T0)


@pytest.mark.parametrize("state", [state for state in State if state is not State.SENDING])
def test_only_what_is_in_flight_is_answered_or_lost(state: State) -> None:
    steps: list[Callable[[], Standing]] = [
        lambda: lost(Standing(state), T0),
        lambda: answered(Standing(state), ISSUED, T0),
    ]
    for step in steps:
        with pytest.raises(ValueError):
            step()


@pytest.mark.parametrize(
    ("asked", "pause"), [(0, 1.0), (1, 2.0), (2, 5.0), (6, 300.0), (7, 300.0), (10**6, 300.0)]
)
def test_questions_come_ever_more_seldom(asked: int, pause: float) -> None:
    assert next_question(Standing(State.PARKED, asked=asked), STRONG, T0) == pause


def test_a_question_comes_as_soon_as_the_window_closes() -> None:
    unknown = replace(answered(sent(), Ambiguous("TIMEOUT"), T0), asked=9)
    assert next_question(unknown, STRONG, after(20)) == 40
    assert next_question(unknown, STRONG, after(61)) == 300


def test_an_accepted_document_is_first_asked_about_when_the_channel_says() -> None:
    accepted = answered(sent(), Accepted(), T0)
    assert next_question(accepted, replace(STRONG, ask_after=7.0), T0) == 7.0


# Serials

KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@settings(deadline=None, max_examples=100)
@given(KEYS, KEYS, KEYS, st.sampled_from(["blue", "red"]), st.integers(0, 9))
def test_a_serial_is_twenty_characters_of_its_key_alone(
    company: str, source: str, ref: str, side: str, generation: int
) -> None:
    made = serial(company, source, ref, side, generation)
    assert re.fullmatch("[A-Z2-7]{20}", made)
    assert re.fullmatch(STRONG.serial_re, made)
    assert made == serial(company, source, ref, side, generation)
    assert made != serial(company, source, ref, side, generation + 1)
    assert made != serial(company + "x", source, ref, side, generation)
    assert made != serial(company, source, ref + "x", side, generation)


def test_parts_of_a_key_are_kept_apart() -> None:
    assert serial("a", "bc", "d", "blue", 0) != serial("ab", "c", "d", "blue", 0)
    assert serial("c", "web", "1", "blue", 11) != serial("c", "web", "11", "blue", 1)


def test_the_serial_of_a_known_key_never_changes() -> None:
    assert serial("01JD", "order", "A-1", "blue", 0) == "3JQLUZD5ASXXURZXOCH2"
