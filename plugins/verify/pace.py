"""How often one address may ask the public page. In memory: a restart forgives."""

from __future__ import annotations

import ipaddress
import threading

from core.api import clock

WINDOW = 60.0
"""Seconds over which questions are counted."""

MOST_ADDRESSES = 10_000
"""Addresses counted one by one; beyond, newcomers share one count, so that memory has an end."""


class Pace:
    """Counts questions per address.

    :param limit: questions in a window.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str) -> float:
        """Count one question; seconds to wait where it is one too many, else 0."""
        now, key = clock.steady(), _group(address)
        with self._lock:
            if key not in self._counts and len(self._counts) >= MOST_ADDRESSES:
                self._forget(now)
                key = key if len(self._counts) < MOST_ADDRESSES else "others"
            start, count = self._counts.get(key, (now, 0))
            if now - start >= WINDOW:
                start, count = now, 0
            self._counts[key] = (start, count + 1)
        return start + WINDOW - now if count >= self._limit else 0.0

    def _forget(self, now: float) -> None:
        self._counts = {key: seen for key, seen in self._counts.items() if now - seen[0] < WINDOW}


def _group(address: str) -> str:
    # A household has a whole /64 of IPv6 addresses: they count as one.
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return address
