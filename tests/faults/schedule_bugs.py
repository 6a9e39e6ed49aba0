"""Bugs that a tired programmer makes in the issuing path, planted in the product one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from core import clock, db, documents, posting, registry, reopening, scope, sending, states, tasks
from core.channels import Ambiguous, Answer, ChannelCaps, Issued, NotFound, Order
from core.checkpoints import Signer
from core.documents import Document
from core.states import Moment, Standing, State
from core.tasks import Task

ANSWERED, OBSERVED, GO_ON = states.answered, states.observed, sending._go_on
SERIAL, HEARD = states.serial, sending.heard


def blind_retry(standing: Standing, answer: Answer, now: Moment) -> Standing:
    """A call that timed out is sent again."""
    if isinstance(answer, Ambiguous):
        return replace(standing, state=State.QUEUED)
    return ANSWERED(standing, answer, now)


def no_settle_window(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    """ "Not found" is believed at once."""
    return OBSERVED(standing, answer, replace(caps, settle_seconds=0), now)


def window_survives_reboot(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    """A window counted on another run of the machine is taken for over."""
    window = standing.window
    if window is not None and window.boot != now.boot:
        standing = replace(standing, window=Moment(now.boot, now.at - caps.settle_seconds))
    return OBSERVED(standing, answer, caps, now)


def window_by_wall_clock() -> Moment:
    """The window is counted by the clock on the wall."""
    return Moment("wall", clock.now().timestamp())


def not_found_means_refused(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    """ "Not found" is taken for a refusal."""
    if isinstance(answer, NotFound):
        return replace(standing, state=State.REJECTED, reason="NOT-FOUND")
    return OBSERVED(standing, answer, caps, now)


def machine_retries_anything(standing: Standing, answer: Answer, caps: ChannelCaps, now: Moment) -> Standing:
    """What waits for a person is sent again by a machine."""
    seen = OBSERVED(standing, answer, caps, now)
    return replace(seen, state=State.QUEUED) if seen.state is State.PARKED else seen


def lost_is_queued(standing: Standing, now: Moment) -> Standing:
    """What was in flight when its sender died is sent again."""
    return replace(standing, state=State.QUEUED)


def forgets_the_question(document: Document, standing: Standing, answer: Answer | None) -> None:
    """A document whose outcome is open gets no next question."""
    if standing.state is State.QUEUED:
        GO_ON(document, standing, answer)


def new_serial_on_retry(company: str, source: str, source_ref: str, side: str, generation: int) -> str:
    """The serial holds the moment: a request made again after a restore gets another one."""
    return SERIAL(company, source, f"{source_ref}@{clock.steady()}", side, generation)


def sends_before_it_marks(batch: Sequence[Task], owner: str) -> None:
    """The document is marked as in flight only when the answer is there."""
    with sending.turn, db.transaction():
        found = documents.by_ids(one.ref for one in batch)
        flying = [document for document in found.values() if document.state is State.QUEUED]
        if not flying or registry.frozen() or posting.channel(flying[0].channel) is None:
            waiting = [document for document in flying if sending._has_to_wait(document, posting.SEND)]
            if not waiting:
                tasks.finish(batch, owner)
            return
    answers = sending._call(flying, lambda way, orders: list(way.submit(scope.company(), orders)))
    with sending.turn, db.transaction():
        for document in documents.by_ids(answers).values():
            claimed = states.claim(document.standing, documents.now())
            answer = answers[document.id]
            sending._record(document, states.answered(claimed, answer, documents.now()), answer, "job:send")
        tasks.finish(batch, owner)


def takes_any_answer(_channel: str, _order: Order, answer: Answer) -> Answer:
    """An answer is taken for the order's without being compared with it."""
    return answer if isinstance(answer, Answer) else Ambiguous("GARBLED")


def trusts_the_callback(channel_name: str, serial: str, event: str) -> bool:
    """A callback that names a serial is believed: it is issued."""
    first = HEARD(channel_name, serial, event)
    row = db.system.execute_sql("SELECT company, id FROM _document WHERE serial = ?", (serial,)).fetchone()
    if first and row:
        with scope.opened(row[0]), db.transaction():
            document = documents.find_document(row[1])
            if document.state in (State.SENDING, State.UNKNOWN, State.ACCEPTED):
                standing = replace(document.standing, state=State.ISSUED)
                documents.save_standing(document, standing, number=f"26{serial}", issued_at=clock.stamp())
    return first


def opens_without_comparing(signer: Signer, *, compared: bool = False) -> bool:
    """After a restore issuing opens at once."""
    with db.transaction(db.system):
        db.system.execute_sql("UPDATE reopening SET opened_at = ? WHERE opened_at = ''", (clock.stamp(),))
        db.system.execute_sql("UPDATE instance SET frozen = ''")
    return True


def lists_at_once(found: reopening.Reopening) -> float:
    """After a restore the list is read before what was sent has settled."""
    return 0.0


def late_success_is_dropped(standing: Standing, answer: Answer) -> Standing | None:
    """A success that arrives after the lease is thrown away, and the document with it."""
    if standing.state is State.SENDING:
        return states.answered(standing, answer, documents.now())
    return replace(standing, state=State.REJECTED, reason="LATE") if isinstance(answer, Issued) else None


_BUGS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "blind-retry": (states, "answered", blind_retry),
    "no-settle-window": (states, "observed", no_settle_window),
    "window-survives-reboot": (states, "observed", window_survives_reboot),
    "window-by-wall-clock": (documents, "now", window_by_wall_clock),
    "not-found-means-refused": (states, "observed", not_found_means_refused),
    "machine-retries-anything": (states, "observed", machine_retries_anything),
    "lost-is-queued": (states, "lost", lost_is_queued),
    "forgets-the-question": (sending, "_go_on", forgets_the_question),
    "new-serial-on-retry": (states, "serial", new_serial_on_retry),
    "send-before-mark": (sending, "send", sends_before_it_marks),
    "swapped-answer-taken": (sending, "_judged", takes_any_answer),
    "callback-trusted": (sending, "heard", trusts_the_callback),
    "restore-without-reconcile": (reopening, "step", opens_without_comparing),
    "list-read-at-once": (reopening, "_seconds_left", lists_at_once),
    "late-success-dropped": (sending, "_after_send", late_success_is_dropped),
}
PLANTED = tuple(_BUGS)


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Put the bug of that name into the product for the length of the block; none, if none is named.

    :raise KeyError: no such bug.
    """
    with pytest.MonkeyPatch.context() as patch:
        if name:
            patch.setattr(*_BUGS[name])
        yield
