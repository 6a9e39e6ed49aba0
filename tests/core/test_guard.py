"""What a plugin's call leaves changed is put back, and named."""

from __future__ import annotations

import decimal
import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import peewee
import pytest

from core import db, guard, money, scope
from core.db import Table
from core.errors import NoScope
from core.house import House


def meddle(call: Callable[[], Any], *, thorough: bool = True) -> list[str]:
    before = guard.Before(thorough=thorough)
    call()
    return before.put_back()


def test_nothing_changed_is_nothing_said() -> None:
    assert meddle(lambda: None) == []


def test_what_a_process_shares_is_put_back(tmp_path: Path) -> None:
    here = os.getcwd()
    assert meddle(lambda: os.chdir(tmp_path)) == ["the working directory"]
    assert os.getcwd() == here
    assert meddle(lambda: os.umask(0)) == ["the file mask"]
    assert meddle(lambda: sys.setrecursionlimit(5000)) == ["the recursion limit"]
    assert meddle(lambda: setattr(decimal.getcontext(), "prec", 2)) == ["decimal arithmetic"]
    assert decimal.getcontext().prec == 28
    assert meddle(lambda: os.environ.update(TZ="Mars/Olympus")) == ["the environment"]
    assert "TZ" not in os.environ or os.environ["TZ"] != "Mars/Olympus"
    assert meddle(lambda: logging.disable(logging.CRITICAL)) == ["the log"]
    assert logging.root.manager.disable == 0


def test_functions_and_modules_are_put_back() -> None:
    real = json.dumps, money.yuan, Table.save, json.JSONEncoder.encode

    def patch() -> None:
        json.dumps = money.yuan = str  # type: ignore[assignment]
        json.JSONEncoder.encode = None  # type: ignore[assignment, method-assign]
        sys.modules["json"] = ModuleType("json")

    assert {"json", "json.dumps", "core.money.yuan", "JSONEncoder.encode"} <= set(meddle(patch))
    assert (json.dumps, money.yuan, Table.save, json.JSONEncoder.encode) == real
    assert sys.modules["json"] is json


def test_a_scope_that_was_entered_and_not_left(bare: House) -> None:
    kept = []

    def stay() -> None:
        kept.append(scope.opened("elsewhere"))
        kept[-1].__enter__()

    assert meddle(stay, thorough=False) == ["the scope"]
    with pytest.raises(NoScope):
        scope.company()


KEPT: list[Any] = []


def leave_savepoint() -> None:
    db.execute("SAVEPOINT mine")


def keep_writing() -> None:
    KEPT.append(db.transaction())
    KEPT[-1].__enter__()


def close_link() -> None:
    db.guarded.connection().close()


def begin_by_itself() -> None:
    db.guarded.connection().isolation_level = ""


@pytest.mark.parametrize("harm", [leave_savepoint, keep_writing, close_link, begin_by_itself])
def test_what_is_left_open_does_not_stop_the_thread(
    bare: House, company: str, harm: Callable[[], None]
) -> None:
    db.rows("SELECT 1")
    assert meddle(harm, thorough=False) == ["the database connection"]
    with db.transaction():
        db.insert("company_setting", {"name": "x", "value": "1"})
    assert db.rows("SELECT value FROM company_setting") == [("1",)]
    with suppress(RuntimeError, peewee.PeeweeException):
        while KEPT:
            KEPT.pop().gen.close()


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_a_transaction_that_a_plugin_ended_keeps_nothing_more(bare: House, company: str, end: str) -> None:
    with pytest.raises(db.Lost), db.transaction():
        before = guard.Before()
        getattr(db.guarded.connection(), end)()
        assert before.put_back() == ["the database connection"]
        db.insert("company_setting", {"name": "x", "value": "1"})
        assert before.lost is not None
        raise before.lost
    assert db.rows("SELECT value FROM company_setting") == []
    assert not db.in_transaction()


def test_the_copy_of_a_fork_ends_where_it_comes_back() -> None:
    before = guard.Before()
    child = os.fork()
    before.put_back()
    assert child > 0, "only the process that forked goes on"
    assert os.waitpid(child, 0)[1] == 0


def test_a_call_that_begins_in_the_middle_of_anothers_harm_keeps_none_of_it() -> None:
    first = guard.Before(thorough=True)
    socket.setdefaulttimeout(0.001)
    second = guard.Before(thorough=True)
    assert first.put_back() == ["the sockets' timeout"]
    assert second.put_back() == []
    assert socket.getdefaulttimeout() is None
