"""Bugs of an upgrade, planted in `core.schema`: what a tired programmer makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from core import schema
from core.errors import StartError
from core.sqlite import House as Database

Bug = tuple[str, Callable[..., Any]]


def _up(link: Database, owner: str, script: Path) -> None:
    found: dict[str, Any] = {}
    exec(script.read_text(), found)
    found["up"](schema.Schema(link, owner))


def _without_transaction() -> Bug:
    def apply(link: Database, owner: str, script: Path) -> None:
        _up(link, owner, script)
        link.execute_sql("INSERT INTO _migration VALUES (?, ?)", (owner, script.stem))

    return "_apply", apply


def _row_first() -> Bug:
    def apply(link: Database, owner: str, script: Path) -> None:
        link.execute_sql("INSERT INTO _migration VALUES (?, ?)", (owner, script.stem))
        with link.atomic("IMMEDIATE"):
            _up(link, owner, script)

    return "_apply", apply


def _takes_any_data() -> Bug:
    plain = schema.migrate

    def migrate(link: Database, folders: list[tuple[str, Path]]) -> list[str]:
        try:
            return plain(link, folders)
        except StartError:
            return []

    return "migrate", migrate


PLANTED: dict[str, Callable[[], Bug]] = {
    "no-transaction": _without_transaction,
    "row-first": _row_first,
    "takes-any-data": _takes_any_data,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """With this bug in the product; with none, if it has no name."""
    if not name:
        yield
        return
    attribute, value = PLANTED[name]()
    with mock.patch.object(schema, attribute, value):
        yield
