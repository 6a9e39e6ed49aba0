"""Cases that once broke an invariant, or nearly the proof itself: each stays broken never again."""

from __future__ import annotations

REGRESSIONS: list[tuple[str, int, int, str]] = [
    ("R4", 1, 59, "a restore read the list by a wrong clock's days, and not where a channel was off"),
]
"""Row, size, seed, and what it was."""
