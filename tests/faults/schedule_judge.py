"""What is to be said of a life that was lived: nothing, or which invariant broke."""

from __future__ import annotations

from core import registry
from core.states import FINAL, State
from tests.faults.schedule_life import Life
from tests.proof import invariants
from tests.proof.invariants import Entry
from tests.proof.record import Record

_DONE = {*FINAL, State.PARKED}


def judged(life: Life) -> tuple[dict[str, list[str]], Record]:
    """What is broken, by invariant, and what lies in the folder. The life's clock is in force."""
    life.bureau.settle()
    record = Record(life.yard.root)
    rows = [row.issued for row in life.bureau.books]
    books = [Entry(made.serial, made.number, made.buyer_name, made.total) for made in rows]
    found = invariants.sound(record)
    found["I1"] = invariants.durable(record, life.acks)
    if life.restored:
        found["I14"] = invariants.restore_safe(record, books, life.bureau.keys())
    else:
        found |= invariants.agree(record, books, life.bureau.keys())
    late = [paper for paper in record.papers if paper.state not in _DONE]
    found["I6"] += [f"{p.source_ref} is still {p.state} after hours of fair weather" for p in late]
    reason = registry.frozen()
    found["I6"] += [f"issuing is still frozen after hours of fair weather: {reason}"] if reason else []
    return found, record
