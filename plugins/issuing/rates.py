"""Which VAT rates and levy rates are in force on a day, by the table `data/rates.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

GENERAL, SMALL = "general", "small"
"""Kinds of taxpayer: general (一般纳税人) and small-scale (小规模纳税人)."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate (税率) or levy rate (征收率) that may be chosen.

    :ivar value: as a line carries it: `0.13`, `0`, `exempt`, `untaxed`. :ivar label: as printed.
    :ivar kinds: the kinds of taxpayer that may use it.
    :ivar until: the last day of it; None while no end is known. :ivar source: notice and clause.
    """

    value: str
    label: str
    kinds: tuple[str, ...]
    since: date
    until: date | None
    source: str

    def holds_on(self, day: date) -> bool:
        """Whether the rate is in force on that day."""
        return self.since <= day and (self.until is None or day <= self.until)


def rates(day: date, taxpayer_kind: str = GENERAL) -> list[Rate]:
    """The rates a seller of that kind may choose on that day, in the order of the table."""
    return [rate for rate in every_rate() if rate.holds_on(day) and taxpayer_kind in rate.kinds]


def find_rate(value: str, day: date, taxpayer_kind: str = GENERAL) -> Rate | None:
    """The rate in force with that value, however it is written (`0.130` is `0.13`); None if there is none."""
    wanted = plain(value)
    return next((rate for rate in rates(day, taxpayer_kind) if plain(rate.value) == wanted), None)


def plain(value: str) -> str:
    """A rate without trailing zeros."""
    return (value.rstrip("0").rstrip(".") or "0") if "." in value else value


@cache
def every_rate() -> tuple[Rate, ...]:
    """The whole table, past rates included."""
    text = files(__package__).joinpath("data/rates.csv").read_text("utf-8")
    return tuple(_rate(row) for row in csv.DictReader(text.splitlines()))


def _rate(row: dict[str, str]) -> Rate:
    until = date.fromisoformat(row["until"]) if row["until"] else None
    kinds = tuple(row["kinds"].split())
    return Rate(row["value"], row["label"], kinds, date.fromisoformat(row["since"]), until, row["source"])
