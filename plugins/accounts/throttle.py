"""Slows guessing down: after some tries each further one has to wait longer, for accounts and addresses."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.api import clock, transaction
from plugins.accounts.tables import Attempt

FORGET_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` tries, then a pause of `first` seconds that doubles with each try, up to `most`."""

    kind: str
    free: int
    first: int
    most: int = 3600


ACCOUNT = Limit("account", 5, 30)
ADDRESS = Limit("address", 30, 30)
CODE = Limit("code", 5, 30)
MAIL = Limit("mail", 2, 60)
MAIL_ADDRESS = Limit("mail-address", 20, 60)
"""Mails to one recipient, and mails asked for from one network address."""

Guess = tuple[Limit, str]


def admit(guesses: Sequence[Guess]) -> int:
    """Count a try before it is judged, so that trying in parallel gains nothing.

    :returns: 0 where it may go on, else the seconds to wait; a refused try is not counted.
    """
    now, boot = clock.steady(), clock.boot()
    with transaction():
        found = [(limit, _key(limit, name)) for limit, name in guesses]
        rows = {row.key: row for row in Attempt.select().where(Attempt.key.in_([key for _, key in found]))}
        ahead = max((row.until - now for row in rows.values() if row.boot == boot), default=0.0)
        if ahead > 0:
            return math.ceil(ahead)
        for limit, key in found:
            _count(limit, key, rows.get(key), now, boot)
    return 0


def _count(limit: Limit, key: str, row: Attempt | None, now: float, boot: str) -> None:
    if row is None:
        Attempt.create(key=key, count=1, boot=boot, at=now, until=0.0)
        return
    # Of an earlier run of the machine only the count is known: it goes on, without a pause to start with.
    old = row.boot == boot and now - row.at > FORGET_SECONDS
    count = 1 if old else row.count + 1
    over = count - limit.free
    pause = min(limit.first * 2 ** min(over, 20), limit.most) if over >= 0 else 0
    row.count, row.boot, row.at, row.until = count, boot, now, now + pause
    row.save()


def forgive(guesses: Sequence[Guess]) -> None:
    """The try was no guess: an account is free again; an address gets back just this one try."""
    with transaction():
        for limit, name in guesses:
            key = _key(limit, name)
            if limit is ADDRESS:
                row = Attempt.get_or_none(Attempt.key == key)
                if row:
                    row.count, row.until = max(row.count - 1, 0), 0.0
                    row.save()
            else:
                Attempt.delete().where(Attempt.key == key).execute()


def sweep() -> None:
    """Forget what is too old to matter."""
    with transaction():
        old = (Attempt.boot != clock.boot()) | (Attempt.at < clock.steady() - 7 * FORGET_SECONDS)
        Attempt.delete().where(old).execute()


def _key(limit: Limit, name: str) -> str:
    # Hashed: what somebody typed as his login may be his password.
    return f"{limit.kind}:{hashlib.sha256(name.encode()).hexdigest()}"
