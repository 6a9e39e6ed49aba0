"""The only source of chance, so that a test or a simulation can replay it from one seed."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from core import clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_source: Callable[[int], bytes] = secrets.token_bytes


@contextmanager
def use(seed: int) -> Iterator[None]:
    """Draw everything from this seed for the length of the block."""
    global _source
    before, _source = _source, random.Random(seed).randbytes
    try:
        yield
    finally:
        _source = before


def octets(count: int) -> bytes:
    """Bytes fit for keys."""
    return _source(count)


def token(count: int = 24) -> str:
    """A secret of `count` bytes as lower-case hex."""
    return _source(count).hex()


def below(limit: int) -> int:
    """A whole number in [0, limit)."""
    return int.from_bytes(_source(8), "big") % limit


def ulid() -> str:
    """A new identity of 26 characters that sorts by time: 48 bits of milliseconds, 80 of chance."""
    return _written(clock.now(), int.from_bytes(_source(10), "big"))


def ulid_floor(moment: datetime) -> str:
    """The smallest identity of a moment: what was made before it sorts below, what came after above."""
    return _written(moment, 0)


def _written(moment: datetime, chance: int) -> str:
    value = int(moment.timestamp() * 1000) << 80 | chance
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
