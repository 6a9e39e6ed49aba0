"""Two databases that are one to company A: its rows are the same, those of company B are not.

Whatever A asks must get the same answer from both. That finds more than B's words in an answer: a count,
an order, an error's text or a statistic that depends on B's rows differs as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee

from core import schema, scope, sqlite
from core.schema import Schema
from core.sqlite import House

A, B, PERSON = "01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB", "u"
CANARIES = ("CANARYB1", "CANARYB2")
ROOT = Path(__file__).parents[2]
_SINGLE = ("company", "ledger_head", "companies_profile")
_STEPS = 2_000_000
"""Instructions that one statement may take: a join of everything with everything proves nothing more."""

_GIVEN: dict[str, dict[str, object]] = {
    "company": {"status": "active", "tax_id": "91110108MA01ABCD5T", "region": "11"},
    "document": {"state": "issued", "side": "blue", "kind": "ordinary", "amount": 1, "tax": 1, "total": 2,
                 "replaced_by": None},
    "event": {"leaf": b"x" * 32},
    "accounts_member": {"role": "owner", "state": "active"},
    "verify_check": {"verdict": "agrees"},
    "archive_original": {"verdict": "sound"},
    "companies_profile": {"kind": "general"},
    "issuing_item": {"inclusive": 0},
    "issuing_buyer": {"is_person": 0},
    "task": {"state": "ready"},
    "stray": {"state": "open"},
}  # fmt: skip
"""What the tables' own checks ask for; every other column takes a text, or a number, of its row's."""


class Twin:
    """One of the two. :ivar gate: what a plugin gets. :ivar views: columns by name."""

    def __init__(self, folder: Path, tag: str, count: int) -> None:
        folder.mkdir(parents=True)
        self.tag = tag
        houses: list[Any] = [House(str(folder / "fapiao.db"), guarded=g) for g in (False, True)]
        self.owner, self.gate = houses
        self.owner.connect()
        plugins = sorted((ROOT / "plugins").glob("*/migrations"))
        folders = [("core", ROOT / "core" / "migrations"), *((p.parent.name, p) for p in plugins)]
        schema.migrate(self.owner, folders)
        self._notes()
        self.gate.connect()
        self.views = {
            # `hit` is asked with MATCH alone: as a value it is a number of SQLite's own, ever another one.
            name: [row[1] for row in self._all(f"PRAGMA table_info({name})") if row[1] != "hit"]
            for (name,) in self._all("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")
        }
        found = self._all(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '\\_%' ESCAPE '\\'"
        )
        self.bases = sorted(row[0] for row in found)
        self._fill(A, "MINE", 2, PERSON)
        self._fill(B, tag, count, "somebody")
        self.before = self.of(B)
        self.schema = self._all("SELECT type, name, sql FROM sqlite_master")

    def _all(self, sql: str) -> list[Any]:
        return list(self.owner.execute_sql(sql).fetchall())

    def _notes(self) -> None:
        notes = Schema(self.owner, "notes")
        notes.company_table("notes_text", {"id": "TEXT NOT NULL", "body": "TEXT NOT NULL"}, key=("id",))
        notes.company_table("notes_member", {"person": "TEXT NOT NULL"}, key=("person",), also_user="person")
        notes.search_table("notes_search")

    def _fill(self, company: str, tag: str, count: int, person: str) -> None:
        for view, columns in self.views.items():
            entry = view.endswith("_search_entry")
            if view.endswith("_search"):
                continue
            kept = [c for c in columns if c != "company"]
            for number in range(1, (3 if entry else 1 if view in _SINGLE else count) + 1):
                values = [self._value(view, name, tag, number, person) for name in kept]
                marks = ", ".join("?" * len(kept))
                with scope.opened(company, person):
                    try:
                        self.gate.execute_sql(
                            f"INSERT INTO {view} ({', '.join(kept)}) VALUES ({marks})", values
                        )
                    except peewee.DatabaseError as error:  # a new table with a check that stands above not
                        raise AssertionError(f"tests/hostile/twins.py cannot fill {view}: {error}") from error

    def _value(self, view: str, name: str, tag: str, number: int, person: str) -> object:
        given = _GIVEN.get(view, {})
        if name in given:
            return given[name]
        if name in ("user", "person"):
            return person if number == 1 else f"{tag}-{number}"
        kind = next((row[2] for row in self._all(f"PRAGMA table_info(_{view})") if row[1] == name), "TEXT")
        if kind in ("INTEGER", "REAL"):
            return number
        if name == "digest":
            return tag.ljust(64, "0")
        # A word of A's in one of the two B's only: what a statistic of the index would tell.
        also = " MINE" if tag == CANARIES[1] else ""
        text = f"{tag} common {name} {number}{also}" if name == "body" else f"{tag}-{number}"
        return text.encode() if kind == "BLOB" else text

    def of(self, company: str) -> list[object]:
        """Everything a company sees of itself."""
        with scope.opened(company, "nobody of either"):
            link = self.gate.connection()
            shown = [view for view in self.views if not view.endswith("_search")]
            return [link.execute(f"SELECT * FROM {view}").fetchall() for view in shown]

    def ask(self, sql: str, values: tuple[object, ...], *, keep: bool = False) -> tuple[str, object]:
        """What a statement does in the scope of now: its rows, or how it was refused; nothing stays."""
        with self._turn(keep):
            self.gate.connection().set_progress_handler(lambda: 1, _STEPS)
            try:
                return "ran", self.gate.execute_sql(sql, values).fetchmany(200)
            except (peewee.DatabaseError, peewee.InterfaceError, sqlite3.Error, ValueError) as error:
                return "refused", f"{type(error).__name__}: {error}"
            except RuntimeError as error:
                return "unscoped", str(error)
            finally:
                self.gate.connection().set_progress_handler(None, 0)

    @contextmanager
    def _turn(self, keep: bool) -> Iterator[None]:
        if keep:
            yield
            return
        self.gate.begin("IMMEDIATE")
        try:
            yield
            self.inside = self.gate.connection().in_transaction
            self.theirs = self._is_whole() if self.inside else True
        finally:
            if self.gate.connection().in_transaction:
                self.gate.rollback()

    def _is_whole(self) -> bool:
        try:
            return self.of(B) == self.before
        except sqlite3.DatabaseError:
            return False  # not even the views are there any more

    def wounds(self) -> list[str]:
        """What of B, of the schema or of the settings is not as it was."""
        found = [] if self._is_whole() else [f"{self.tag}: rows of B were changed"]
        if self._all("SELECT type, name, sql FROM sqlite_master") != self.schema:
            found.append(f"{self.tag}: the schema was changed")
        link = self.gate.connection()
        link.set_authorizer(None)
        for name, value in {"synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}.items():
            if sqlite3.Connection.execute(link, f"PRAGMA {name}").fetchone() != (value,):
                found.append(f"{self.tag}: {name} was changed")
        link.set_authorizer(sqlite._authorize)
        return found

    def close(self) -> None:
        """Close both connections."""
        for house in (self.gate, self.owner):
            house.close()
