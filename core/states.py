"""The issuing state machine with its five rules (reliability §7.2). Pure: no clock, no database."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from core.channels import Accepted, Ambiguous, Answer, ChannelCaps, Issued, NotFound, NotSent, Refused


class State(StrEnum):
    """Where a document is."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    ISSUED = "issued"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    PARKED = "parked"
    VOID = "void"


FINAL = frozenset({State.ISSUED, State.REJECTED, State.VOID})
WAITING = frozenset({State.QUEUED, State.SENDING, State.ACCEPTED})

ASK_AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds between questions about one document, the last one for ever."""


LATER = 20
"""So many further generations of a serial are looked for in the bureau's list after a restore."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A reading of the steady clock: comparable only within the same run of the machine."""

    boot: str
    at: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of a document on its way.

    :ivar generation: how often a person allowed a new serial. :ivar attempts: sends under this serial.
    :ivar refused: a refusal was heard while an earlier attempt may live (rule 3).
    :ivar asked: questions since the last send. :ivar window: when the settle window began.
    """

    state: State = State.QUEUED
    generation: int = 0
    attempts: int = 0
    refused: bool = False
    asked: int = 0
    reason: str = ""
    window: Moment | None = None


def serial(company: str, source: str, source_ref: str, side: str, generation: int) -> str:
    """The serial (流水号) of a business key: 20 capitals and digits, the same after any restore (rule 1)."""
    key = "\x1f".join((company, source, source_ref, side, str(generation)))
    return base64.b32encode(hashlib.sha256(key.encode()).digest()).decode()[:20]


def serials(company: str, source: str, source_ref: str, side: str, generation: int) -> dict[str, int]:
    """The serials of a business key from a generation on, each with its generation."""
    found = range(generation, generation + LATER)
    return {serial(company, source, source_ref, side, one): one for one in found}


def claim(standing: Standing, now: Moment) -> Standing:
    """The sender takes a queued document; recorded before anything leaves the house.

    :raise ValueError: it is not queued.
    """
    if standing.state is not State.QUEUED:
        raise ValueError(f"a {standing.state} document cannot be sent")
    attempts = standing.attempts + 1
    return replace(standing, state=State.SENDING, attempts=attempts, asked=0, window=now, reason="")


def lost(standing: Standing, now: Moment) -> Standing:
    """A document in flight whose sender is gone: the outcome is unknown, never failed (rule 2)."""
    if standing.state is not State.SENDING:
        raise ValueError(f"a {standing.state} document is not in flight")
    return replace(standing, state=State.UNKNOWN, reason="SENDER-LOST", window=now)


def answered(standing: Standing, answer: Answer, now: Moment) -> Standing:
    """What the answer to a send makes of a document, heard by the holder of its lease."""
    if standing.state is not State.SENDING:
        raise ValueError(f"a {standing.state} document awaits no answer")
    alone = standing.attempts == 1
    match answer:
        case Issued():
            return replace(standing, state=State.ISSUED, reason="")
        case Accepted():
            return replace(standing, state=State.ACCEPTED, window=now, reason="")
        case Refused(code=code) if alone:
            return replace(standing, state=State.REJECTED, reason=code)
        case Refused(code=code):
            return replace(standing, state=State.UNKNOWN, refused=True, reason=code, window=now)
        case NotSent(code=code) if alone:
            return replace(standing, state=State.QUEUED, attempts=0, reason=code)
        case NotSent(code=code):
            return replace(standing, state=State.UNKNOWN, reason=code, window=now)
        case Ambiguous(reason=reason):
            return replace(standing, state=State.UNKNOWN, reason=reason, window=now)
        case NotFound():
            return replace(standing, state=State.UNKNOWN, reason="NO-ANSWER", window=now)


def observed(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    """What the answer to a question makes of a document that is accepted, unknown or parked."""
    if standing.state not in (State.ACCEPTED, State.UNKNOWN, State.PARKED):
        raise ValueError(f"a {standing.state} document is not asked about")
    seen = replace(standing, asked=standing.asked + 1, window=_window(standing, now))
    match answer:
        case Issued():
            return replace(seen, state=State.ISSUED, reason="")
        case Accepted():
            return replace(seen, state=State.ACCEPTED, window=now, reason="")
        case Refused(code=code) if standing.attempts <= 1:
            return replace(seen, state=State.REJECTED, reason=code)
        case Refused(code=code):
            return _silent(replace(seen, refused=True, reason=code), caps, now)
        case NotFound():
            return _silent(seen, caps, now)
        case Ambiguous() | NotSent():
            return seen


def _window(standing: Standing, now: Moment) -> Moment:
    # A window counted on another run of the machine proves nothing: it starts again (rule 4).
    window = standing.window
    return now if window is None or window.boot != now.boot else window


def _silent(seen: Standing, caps: ChannelCaps, now: Moment) -> Standing:
    window = seen.window or now
    if seen.state is State.PARKED or now.at - window.at < caps.settle_seconds or caps.query == "none":
        return _parked_if_blind(seen, caps, now)
    if caps.query == "heuristic":
        # "Not found" never proves anything here, also not that a refusal was the last word.
        return replace(seen, state=State.PARKED, reason="NOT-FOUND")
    if seen.refused:
        return replace(seen, state=State.REJECTED)
    if not (caps.idempotent_by_serial or caps.preassigned_number):
        return replace(seen, state=State.PARKED, reason="NOT-FOUND")
    return replace(seen, state=State.QUEUED, reason="NOT-FOUND")


def _parked_if_blind(seen: Standing, caps: ChannelCaps, now: Moment) -> Standing:
    # A channel that cannot be asked is never retried by a machine (rule 5).
    over = seen.window is not None and now.at - seen.window.at >= caps.settle_seconds
    if caps.query == "none" and over and seen.state is not State.PARKED:
        return replace(seen, state=State.PARKED, reason="CANNOT-ASK")
    return seen


def next_question(standing: Standing, caps: ChannelCaps, now: Moment) -> float:
    """Seconds until the outcome is asked for (again)."""
    if standing.state is State.ACCEPTED and standing.asked == 0:
        return caps.ask_after
    pause = ASK_AGAIN[min(standing.asked, len(ASK_AGAIN) - 1)]
    if standing.state is State.UNKNOWN and standing.window and standing.window.boot == now.boot:
        left = caps.settle_seconds - (now.at - standing.window.at)
        if left > 0:
            return min(pause, left)
    return pause


def remembered(standing: Standing) -> Standing:
    """The bureau has its serial already: a send that this house forgot in a restore. It is asked for.

    :raise ValueError: only a queued document can have been sent without our knowing.
    """
    if standing.state is not State.QUEUED:
        raise ValueError(f"a {standing.state} document's sends are known")
    attempts = max(1, standing.attempts)
    return replace(standing, state=State.UNKNOWN, attempts=attempts, window=None, reason="KNOWN-TO-BUREAU")


def adopted(generation: int) -> Standing:
    """The bureau issued under a later serial of its key, which this house forgot in a restore: asked for."""
    return Standing(State.UNKNOWN, generation=generation, attempts=1, reason="KNOWN-TO-BUREAU")


def requeue(standing: Standing) -> Standing:
    """A person decides that nothing was issued: a new serial, with the old one left behind.

    :raise ValueError: only a parked document waits for that decision.
    """
    if standing.state is not State.PARKED:
        raise ValueError("only a parked document can be queued again")
    return Standing(generation=standing.generation + 1)


def give_up(standing: Standing) -> Standing:
    """A person withdraws a parked document.

    :raise ValueError: only a parked document can be withdrawn.
    """
    if standing.state is not State.PARKED:
        raise ValueError("only a parked document can be withdrawn")
    return replace(standing, state=State.VOID, reason="WITHDRAWN")
