"""Row S2: random SQL and ORM queries under company A, on two databases that differ in company B alone."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from core import scope, sqlite
from core.schema import Schema
from tests.hostile.bypasses import BYPASSES, TURNS
from tests.hostile.grammar import Grammar, Statement
from tests.hostile.twins import CANARIES, PERSON, A, Twin
from tests.proof.invariants import isolated
from tests.proof.row import Job, Tally

_TOO_LONG = "interrupted"


class Pair:
    """Both databases, asked the same."""

    def __init__(self, folder: Path) -> None:
        self.twins = [Twin(folder / tag, tag, count) for tag, count in zip(CANARIES, (3, 5), strict=True)]
        self.kinds: Counter[str] = Counter()

    def case(self, made: Statement) -> list[str]:
        """What is wrong with what a statement did under A."""
        with scope.opened(A, PERSON):
            said = [twin.ask(made.sql, made.values) for twin in self.twins]
        self.kinds[said[0][0]] += 1
        if any(_TOO_LONG in str(what) for _, what in said):
            return []
        found = isolated(repr(said), CANARIES, made.sql)
        if said[0] != said[1]:
            found.append(f"{made.sql} depends on B's rows: {said[0]!r:.200} and {said[1]!r:.200}")
        if made.kind == "refused" and said[0][0] == "ran":
            found.append(f"{made.sql!r} was not refused: {said[0][1]!r:.200}")
        if not all(twin.inside for twin in self.twins):
            found.append(f"{made.sql!r} ended the transaction round it")
        if not all(twin.theirs for twin in self.twins):
            found.append(f"{made.sql!r} changed rows of B")
        return found

    def without_scope(self, made: Statement) -> list[str]:
        """The same with no scope at all: no company's row, neither A's nor B's."""
        with scope.closed():
            said = [twin.ask(made.sql, made.values, keep=True) for twin in self.twins]
        self.kinds[f"no scope: {said[0][0]}"] += 1
        return isolated(repr([what for how, what in said if how == "ran"]), (*CANARIES, "MINE"), made.sql)

    def every_view_wants_a_scope(self) -> list[str]:
        """Each view, plainly asked without a scope, raises; so does each change."""
        found = []
        for view in self.twins[0].views:
            for sql in (f"SELECT * FROM {view}", f"SELECT count(*) FROM {view}"):
                with scope.closed():
                    how, what = self.twins[0].ask(sql, (), keep=True)
                if how == "ran":
                    found.append(f"{sql} without a scope: {how} {what!r:.100}")
        return found


def _no_spell_check() -> Any:
    return mock.patch.object(sqlite, "_spell_check", return_value=None)


def _no_authorizer() -> Any:
    return mock.patch.object(sqlite, "_authorize", return_value=0)


def _unfiltered_view() -> Any:
    kept = Schema._run

    def run_it(self: Schema, sql: str) -> None:
        mine = sql.startswith("CREATE VIEW issuing_buyer")
        kept(self, sql.partition(" WHERE ")[0] if mine else sql)

    return mock.patch.object(Schema, "_run", run_it)


def _unfiltered_trigger() -> Any:
    def same(key: Any, also_user: str) -> str:
        return " AND ".join(f"{column} = OLD.{column}" for column in key) or "1"

    return mock.patch("core.schema._same", same)


PLANTED: dict[str, Callable[[], Any]] = {
    "names of base tables may be spelt": _no_spell_check,
    "SQLite is not asked to authorize": _no_authorizer,
    "a view without its filter": _unfiltered_view,
    "a change through a view forgets the company": _unfiltered_trigger,
}


def run(job: Job) -> Tally:
    """The hand-made bypasses, then `size` random statements, one in twelve without a scope."""
    tally = Tally(job)
    with PLANTED[job.plant]() if job.plant else contextlib.nullcontext():
        pair = Pair(job.folder / "twins")
        try:
            _try(pair, tally, Random(job.seed))
        finally:
            for twin in pair.twins:
                twin.close()
    return tally


def _try(pair: Pair, tally: Tally, random: Random) -> None:
    started = time.perf_counter()
    for sql in (*BYPASSES, *TURNS):
        tally.case(sql, {"I9": pair.case(Statement(sql, "refused"))})
    tally.case("every view without a scope", {"I9": pair.every_view_wants_a_scope()})
    grammar = Grammar(random, pair.twins[0].views, pair.twins[0].bases)
    for number in range(tally.job.size):
        made = grammar.statement()
        alone = number % 12 == 0 and made.kind == "read"
        tally.case(made.sql, {"I9": pair.without_scope(made) if alone else pair.case(made)})
        if number % 1000 == 0:
            tally.case(f"after {number}", {"I9": [w for twin in pair.twins for w in twin.wounds()]})
    tally.case("at the end", {"I9": [w for twin in pair.twins for w in twin.wounds()]})
    tally.measured |= {"bypasses": len(BYPASSES) + len(TURNS), **pair.kinds}
    tally.measured["per second"] = round(tally.cases / (time.perf_counter() - started))
