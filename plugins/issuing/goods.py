"""Tax classification codes (税收分类编码): a working subset in `data/goods.csv`, not the official table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Good:
    """One category of goods or services.

    :ivar code: 19 digits. :ivar short_name: as printed before the item (简称): `*short_name*item`.
    :ivar name: the category's own name. :ivar rate: what a general taxpayer mostly charges.
    :ivar unit: a usual unit, may be empty. :ivar keywords: what people call it.
    """

    code: str
    short_name: str
    name: str
    rate: str
    unit: str
    keywords: tuple[str, ...] = ()


def goods(query: str, limit: int = 8) -> list[Good]:
    """Categories that fit what somebody typed: the beginning of a code, or part of a name or keyword.

    Several words must all fit. Names that begin with the query come first, then short names, then the rest.
    """
    words = query.strip("* ").casefold().replace("*", " ").split()
    if not words:
        return []
    found = [(_distance(good, words), good.code, good) for good in every_good() if _fits(good, words)]
    return [good for _, _, good in sorted(found, key=lambda hit: hit[:2])[:limit]]


def find_good(code: str) -> Good | None:
    """The category with exactly that code; None where the subset lacks it."""
    return _by_code().get(code)


def short_name(code: str) -> str:
    """The short name (简称) of a code, or of the nearest category above it; empty if none is known."""
    for length in range(len(code), 2, -2):
        found = _by_code().get(code[:length].ljust(19, "0"))
        if found:
            return found.short_name
    return ""


@cache
def every_good() -> tuple[Good, ...]:
    """The whole subset, in the order of the codes."""
    text = files(__package__).joinpath("data/goods.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(_good(row) for row in csv.DictReader(lines))


@cache
def _by_code() -> dict[str, Good]:
    return {good.code: good for good in every_good()}


def _good(row: dict[str, str]) -> Good:
    return Good(
        row["code"], row["short_name"], row["name"], row["rate"], row["unit"], tuple(row["keywords"].split())
    )


def _texts(good: Good) -> tuple[str, ...]:
    return (good.name, good.short_name, *good.keywords)


def _fits(good: Good, words: list[str]) -> bool:
    return all(
        good.code.startswith(word)
        if word.isdigit()
        else any(word in text.casefold() for text in _texts(good))
        for word in words
    )


def _distance(good: Good, words: list[str]) -> int:
    first = words[0]
    ranks = [good.name.casefold() == first, good.name.casefold().startswith(first), first in good.keywords,
             good.short_name.casefold().startswith(first), first in good.name.casefold()]  # fmt: skip
    return ranks.index(True) if True in ranks else len(ranks)
