"""How waits are spread: the figures every benchmark prints of them."""

from __future__ import annotations

from collections.abc import Sequence


def spread(name: str, waits: Sequence[float], digits: int = 1) -> dict[str, float]:
    """Median and 99th percentile of waits in seconds, as milliseconds, under `<name>_ms_…`."""
    ordered = sorted(waits)
    places = {"p50": len(ordered) // 2, "p99": int(len(ordered) * 0.99)}
    return {f"{name}_ms_{part}": round(ordered[place] * 1000, digits) for part, place in places.items()}
