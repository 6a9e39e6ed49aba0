"""What the home page shows of issuing: today's equation, the latest, and what needs a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from core.api import Document, State, clock, documents, ledger
from plugins.issuing import explain

LATEST, NEEDED = 8, 8
PATIENCE = timedelta(minutes=1)
"""How long an unknown outcome is the system's own business."""


def moving(found: Iterable[Document]) -> list[Document]:
    """Those that change by themselves."""
    return [document for document in found if document.state in explain.MOVING]


def today() -> dict[str, Any]:
    """The equation over what was asked for today in China, and whether it closes."""
    start = datetime.combine(clock.today(), time(), clock.CHINA)
    bounds = [
        day.astimezone(UTC).isoformat(timespec="milliseconds") for day in (start, start + timedelta(days=1))
    ]
    equation = documents.equation(*bounds)
    still = equation.waiting.count or equation.unknown.count
    return {"day": clock.today().isoformat(), "equation": equation, "moving": bool(still), **_first()}


def latest() -> dict[str, Any]:
    """The newest documents."""
    found = documents.documents(limit=LATEST)
    return {"found": found, "moving": moving(found), **_first()}


def needed() -> dict[str, Any]:
    """What does not go on without a person: the longest waiting first."""
    unknown = [d for d in documents.documents([State.UNKNOWN], limit=50) if _is_old(d)]
    parked = documents.documents([State.PARKED], limit=50)
    refused = [d for d in documents.documents([State.REJECTED], limit=100) if not d.replaced_by]
    found = [*parked, *unknown, *refused]
    shown = [
        {"document": d, "standing": explain.standing(d, ledger.events_about(d.id))} for d in found[:NEEDED]
    ]
    still = bool(documents.documents([State.UNKNOWN], limit=1))
    return {"shown": shown, "more": max(0, len(found) - NEEDED), "moving": still, **_first()}


def _first() -> dict[str, Any]:
    return {"tick": 0, "delay": explain.pause(0)}


def _is_old(document: Document) -> bool:
    return clock.now() - datetime.fromisoformat(document.created_at) > PATIENCE


LOADS: dict[str, Callable[[], dict[str, Any]]] = {"today": today, "needed": needed, "latest": latest}
