"""Bugs that a loop of kills must find, each planted in the product itself before its program starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from core import companions, documents, instance, posting, sending, states
from core.channels import Answer
from core.contributions import Actor, Companion
from core.documents import Document
from core.instance import Folder
from core.states import Moment, Standing, State


def sends_unmarked() -> None:
    """What leaves is marked as in flight only when the answer is there."""

    def mark(document: Document, standing: Standing) -> Document:
        return document

    def after(standing: Standing, answer: Answer) -> Standing:
        now = documents.now()
        return states.answered(states.claim(standing, now), answer, now)

    sending._mark = mark
    sending._after_send = after


def forgets_what_was_in_flight() -> None:
    """After a start, what was in flight stays as it was."""

    def lost(standing: Standing, now: Moment) -> Standing:
        return standing

    states.lost = lost


def sends_again_what_was_in_flight() -> None:
    """After a start, what was in flight is sent once more."""

    def lost(standing: Standing, now: Moment) -> Standing:
        return replace(standing, state=State.QUEUED)

    states.lost = lost


def forgets_keys() -> None:
    """A client's key is not kept with what it asked for."""

    def remember(key: str, actor: Actor, fingerprint: bytes, document: str) -> None:
        return

    posting._remember = remember


def shares_the_folder() -> None:
    """Nobody looks whether another server is at the data folder."""

    @contextmanager
    def lock(folder: Folder) -> Iterator[IO[bytes]]:
        with Path("/dev/null").open("rb") as held:
            yield held

    instance.lock = lock  # type: ignore[assignment]


def leaves_children_behind() -> None:
    """A companion does not notice that its server is gone."""
    start = companions.Companions._start

    def without_leash(self: companions.Companions, companion: Companion) -> None:
        start(self, replace(companion, follows=True))

    companions.Companions._start = without_leash  # type: ignore[method-assign]


PLANTED: dict[str, Callable[[], None]] = {
    "sends-unmarked": sends_unmarked,
    "forgets-in-flight": forgets_what_was_in_flight,
    "resends-in-flight": sends_again_what_was_in_flight,
    "forgets-keys": forgets_keys,
    "no-lock": shares_the_folder,
    "no-leash": leaves_children_behind,
}
