"""One question, by any clue: the index for what it holds, the documents themselves for what is newer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.api import Document, State, clock, documents, rows
from plugins.archive import facts, index
from plugins.archive.clues import LONGEST, NOT_ISSUED, Word, parse
from plugins.archive.facts import Reason
from plugins.archive.index import Coverage

SIZE, LARGEST = 20, 100
"""Hits of a page, by default and at most."""

_LOOKED_AT = 5000
"""Documents that one request reads through before it offers to go on."""

_NEWEST = 2**62
_CURSOR = re.compile(r"n(?P<n>[0-9]{1,18})|d(?P<d>[0-9A-Z]{26})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hit:
    """A document, and why it was found."""

    document: Document
    reasons: list[Reason]


@dataclass(slots=True)
class Page:
    """What was found.

    :ivar next: the cursor of the following page; empty at the end. :ivar cut: the query was too long.
    :ivar understood: whether any word of the query can find something at all.
    """

    hits: list[Hit] = field(default_factory=list)
    next: str = ""
    coverage: Coverage = field(default_factory=lambda: Coverage("", [], 0))
    cut: bool = False
    understood: bool = False


def search(query: str, after: str = "", size: int = SIZE) -> Page:
    """Documents of the scope's company that answer every word of a query, newest first.

    :param after: the cursor of the page before; one that is none begins anew.
    """
    size = max(1, min(size, LARGEST))
    words = parse(query, clock.today())
    page = Page(cut=len(query) > LONGEST, understood=bool(words), coverage=index.coverage())
    if not words:
        return page
    cursor = _CURSOR.fullmatch(after)
    states = frozenset(State).intersection(*(word.states for word in words if word.states))
    if State.ISSUED in states and any(not word.states for word in words):
        _by_index(page, words, int(cursor["n"]) if cursor and cursor["n"] else _NEWEST, size)
    else:
        _by_state(page, words, states, cursor["d"] or "" if cursor else "", size)
    return page


def _by_state(page: Page, words: list[Word], states: frozenset[State], before: str, size: int) -> None:
    looked, limit = 0, size + 1
    while states and looked < _LOOKED_AT:
        portion = documents.documents(states, before=before, limit=limit)
        for document in portion:
            if len(page.hits) == size:
                page.next = f"d{before}"
                return
            page.hits += _hits([document], words)
            before = document.id
        looked += len(portion)
        if len(portion) < limit:
            return
        limit = 200
    page.next = f"d{before}" if states else ""


def _by_index(page: Page, words: list[Word], before: int, size: int) -> None:
    seen: set[str] = set()
    if before == _NEWEST:
        newer = documents.by_ids(page.coverage.newer)
        page.hits = _hits(sorted(newer.values(), key=lambda d: d.id, reverse=True), words)[:LARGEST]
        seen, size = set(newer), size + len(page.hits)
    question, looked = facts.question([word for word in words if not word.states]), 0
    limit = size + 1
    while looked < _LOOKED_AT:
        portion = index.entries(question, before, limit)
        found = documents.by_ids(id for id, _ in portion)
        for id, n in portion:
            if len(page.hits) == size:
                page.next = f"n{before}"
                return
            page.hits += _hits([found[id]] if id not in seen else [], words)
            before = n
        looked += len(portion)
        if len(portion) < limit:
            return
        limit = 200
    page.next = f"n{before}"


def _hits(found: Iterable[Document], words: list[Word]) -> list[Hit]:
    return [Hit(document, why) for document in found if (why := facts.reasons(document, words))]


def without_number() -> int:
    """How many documents wait for a number: no number finds them."""
    marks = ", ".join("?" * len(NOT_ISSUED))
    found = rows(f"SELECT count(*) FROM document WHERE state IN ({marks})", *sorted(NOT_ISSUED))
    return int(found[0][0])
