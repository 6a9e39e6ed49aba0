"""The gate in the database: nothing of another company comes through, whatever the SQL says."""

from __future__ import annotations

import sqlite3

import peewee
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import db, registry, scope
from core.errors import NoScope
from core.house import House
from core.schema import Schema
from tests.hostile.bypasses import BYPASSES, TURNS

CANARY = "CANARY-OF-B"


@pytest.fixture
def two_companies(bare: House) -> tuple[str, str]:
    schema = Schema(db.system.obj, "notes")
    schema.company_table("notes_text", {"id": "TEXT NOT NULL", "body": "TEXT NOT NULL"}, key=("id",))
    schema.company_table("notes_member", {"person": "TEXT NOT NULL"}, key=("person",), also_user="person")
    schema.search_table("notes_search")
    made = tuple(registry.create_company(name, "91110108MA01ABCD5T", "11") for name in ("A", "B"))
    for company, body in zip(made, ("mine", CANARY), strict=True):
        with scope.opened(company, "u"), db.transaction():
            db.insert("notes_text", {"id": "1", "body": body})
            db.insert("notes_member", {"person": "u"})
            db.insert("notes_search_entry", {"id": "1", "body": f"{body} common"})
    return made[0], made[1]


@pytest.mark.parametrize("sql", BYPASSES)
def test_no_statement_gets_round_the_views(two_companies: tuple[str, str], sql: str) -> None:
    with scope.opened(two_companies[0]), pytest.raises((peewee.DatabaseError, sqlite3.DatabaseError)):
        db.execute(sql).fetchall()
    with scope.opened(two_companies[1]):
        assert db.rows("SELECT body FROM notes_text") == [(CANARY,)]


def test_a_script_or_a_batch_is_held_as_well(two_companies: tuple[str, str]) -> None:
    link = db.guarded.connection()
    with scope.opened(two_companies[0]):
        for call in (link.executescript, link.execute, link.cursor().executescript):
            with pytest.raises(sqlite3.DatabaseError):
                call("DELETE FROM _notes_text")
        with pytest.raises(sqlite3.DatabaseError):
            link.executemany("DELETE FROM _notes_text WHERE id = ?", [("1",)])


def test_writes_touch_only_the_own_company(two_companies: tuple[str, str]) -> None:
    mine, other = two_companies
    with scope.opened(mine), db.transaction():
        db.execute("UPDATE notes_text SET body = 'changed'")
        db.execute("DELETE FROM notes_text WHERE body = ?", CANARY)
    with scope.opened(other):
        assert db.rows("SELECT body FROM notes_text") == [(CANARY,)]
    with scope.opened(mine):
        assert db.rows("SELECT body FROM notes_text") == [("changed",)]


def test_without_a_scope_nothing_is_read_or_written(two_companies: tuple[str, str]) -> None:
    for sql in ("SELECT * FROM notes_text", "INSERT INTO notes_text (id, body) VALUES ('2', 'x')"):
        with scope.closed(), pytest.raises(NoScope):
            db.execute(sql).fetchall()


def test_a_user_sees_his_own_rows_of_every_company_and_no_others(two_companies: tuple[str, str]) -> None:
    with scope.opened("", "u"):
        assert sorted(row[1] for row in db.rows("SELECT person, company FROM notes_member")) == sorted(
            two_companies
        )
        assert db.rows("SELECT * FROM notes_text") == []
    with scope.opened("", "somebody else"):
        assert db.rows("SELECT * FROM notes_member") == []


def test_the_search_index_finds_only_the_own_company(two_companies: tuple[str, str]) -> None:
    mine, _ = two_companies
    with scope.opened(mine):
        assert db.rows("SELECT id FROM notes_search WHERE hit MATCH 'common'") == [("1",)]
        assert db.rows("SELECT id FROM notes_search WHERE hit MATCH ?", '"CANARY"') == []


_WORDS = st.sampled_from(
    [
        "SELECT",
        "*",
        "FROM",
        "notes_text",
        "WHERE",
        "1=1",
        "OR",
        "id",
        "body",
        "UNION",
        "ALL",
        "(",
        ")",
        ",",
        "NOT",
        "IN",
        "EXISTS",
        "LIKE",
        "'%'",
        "LIMIT",
        "9",
        "t",
        "AS",
        "JOIN",
        "ON",
        "ORDER BY",
        "notes_search",
        "hit",
        "MATCH",
        "'common'",
        "count(*)",
        "group_concat(body)",
        "company",
        "sqlite_master",
        "document",
    ]
)


def test_random_queries_never_show_the_canary(two_companies: tuple[str, str]) -> None:
    tried = {"ran": 0}

    @settings(max_examples=1500, deadline=None)
    @given(st.lists(_WORDS, min_size=2, max_size=14))
    def probe(words: list[str]) -> None:
        sql = "SELECT " + " ".join(words)
        with scope.opened(two_companies[0]):
            try:
                found = db.execute(sql).fetchmany(50)
            except (peewee.DatabaseError, sqlite3.Error):
                return
        tried["ran"] += 1
        assert CANARY not in repr(found)

    probe()
    assert tried["ran"] > 0


def test_the_settings_that_keep_a_commit_are_in_force(bare: House) -> None:
    assert db.execute("SELECT 1").fetchone() == (1,)
    for connection in (db.guarded, db.system):
        link = connection.connection()
        assert sqlite3.Connection.execute(link, "PRAGMA integrity_check").fetchone() == ("ok",)
    system = db.system.connection()
    assert system.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert system.execute("PRAGMA synchronous").fetchone() == (2,)
    assert system.execute("PRAGMA foreign_keys").fetchone() == (1,)


@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE"])
def test_no_row_that_never_changes_is_replaced(bare: House, company: str, verb: str) -> None:
    before = db.rows("SELECT seq, kind, leaf FROM event")
    with pytest.raises((peewee.DatabaseError, sqlite3.DatabaseError)), db.transaction():
        db.execute(
            f"{verb} INTO event (seq, kind, subject, body, at, actor, leaf)"
            " VALUES (1, 'x', '', '{}', '', '', zeroblob(32))"
        )
    assert db.rows("SELECT seq, kind, leaf FROM event") == before


def test_a_users_rows_elsewhere_change_nothing_here(two_companies: tuple[str, str]) -> None:
    schema = Schema(db.system.obj, "notes")
    schema.company_table(
        "notes_place", {"person": "TEXT NOT NULL", "role": "TEXT NOT NULL", "state": "TEXT NOT NULL"},
        key=("person",), also_user="person",
    )  # fmt: skip
    roles = dict(zip(two_companies, ("viewer", "owner"), strict=True))
    for company, role in roles.items():
        with scope.opened(company, "u"), db.transaction():
            db.insert("notes_place", {"person": "u", "role": role, "state": "invited"})
    for company, role in roles.items():
        with scope.opened(company, "u"), db.transaction():
            db.execute("UPDATE notes_place SET state = 'active' WHERE person = 'u'")
            here = db.rows("SELECT role, state FROM notes_place WHERE company = ?", company)
        assert here == [(role, "active")]


@pytest.mark.parametrize("sql", TURNS)
def test_no_statement_ends_the_transaction_round_it(two_companies: tuple[str, str], sql: str) -> None:
    with scope.opened(two_companies[0]):
        with pytest.raises(RuntimeError), db.transaction():
            db.execute("UPDATE notes_text SET body = 'half'")
            with pytest.raises((peewee.DatabaseError, sqlite3.DatabaseError), match="not authorized"):
                db.execute(sql)
            raise RuntimeError
        assert db.rows("SELECT body FROM notes_text") == [("mine",)]
