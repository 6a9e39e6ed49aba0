"""Row S8: what only reads changes nothing, and what changes something asks for this browser's own token.

Whether anything was committed is asked of the file itself: another connection sees its version move.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from random import Random
from typing import Any
from unittest import mock

from flask.testing import FlaskClient
from werkzeug.routing import Rule

from core import clock, db, security
from plugins.issuing import entry, panels
from plugins.issuing.tables import Buyer
from tests.hostile.calls import HARMLESS, path_of
from tests.hostile.policies import FIELD_IDS, PLAIN_FIELDS
from tests.hostile.strangers import rules, unknown
from tests.hostile.world import World, changed, fingerprint, world_in
from tests.proof.row import Job, Tally

SIGNED = {"bureau.callback"}
"""Sent by no browser: they ask for a signature of the body instead."""

ON_RECORD = {"shell.receipt": {"_checkpoint"}}
"""A receipt wants a checkpoint over the event it is about: one is written where there is none yet."""

_VALUES = ("", "0", "1", "-1", "x", "%", "2026-11-24", "delete", "on", "9" * 30, "甲", "'", "issue", "later")
_FORGED: dict[str, Callable[[str], tuple[dict[str, str], dict[str, str], dict[str, str]]]] = {
    "no token": lambda token: ({}, {}, {}),
    "an empty token": lambda token: ({"csrf_token": ""}, {}, {}),
    "a token of another browser": lambda token: ({"csrf_token": token}, {}, {}),
    "that one in the header": lambda token: ({}, {}, {"X-CSRFToken": token}),
    "that one in the address": lambda token: ({}, {"csrf_token": token}, {}),
    "called a GET": lambda token: ({"_method": "GET"}, {"_method": "GET"}, {"X-HTTP-Method-Override": "GET"}),
    "asked by htmx": lambda token: ({}, {}, {"HX-Request": "true"}),
    "as plain text": lambda token: ({}, {}, {"Content-Type": "text/plain"}),
    "as JSON": lambda token: ({}, {}, {"Content-Type": "application/json"}),
}  # fmt: skip
"""What a page elsewhere can have a browser send: form, query and headers by what it is."""


class Watch:
    """Sees whether anybody committed anything, and what."""

    def __init__(self, world: World) -> None:
        self._link = sqlite3.connect(world.house.folder.database)
        self._seen, self._before = self._version(), fingerprint()

    def _version(self) -> int:
        return int(self._link.execute("PRAGMA data_version").fetchone()[0])

    def found(self) -> list[str]:
        """Tables that changed since the last look; those that every request may touch do not count."""
        version = self._version()
        if version == self._seen:
            return []
        after = fingerprint()
        tables = changed(self._before, after)
        self._seen, self._before = version, after
        return tables

    def close(self) -> None:
        """Close the connection."""
        self._link.close()


def queries(rule: Rule, world: World, random: Random) -> Iterator[dict[str, str]]:
    """Queries for a route: none, its own fields with real ids and with any value, and any other field."""
    yield {}
    own = FIELD_IDS.get(rule.endpoint, {})
    yield from ({name: world.ids[kind]} for name, kind in own.items())
    for name in [*own, *random.sample(sorted(PLAIN_FIELDS), 6)]:
        yield {name: random.choice(_VALUES)}
    yield {name: random.choice(_VALUES) for name in random.sample(sorted(PLAIN_FIELDS), 12)}
    yield {**HARMLESS, "do": "issue", "answer": "accept", "confirm": "1", "_method": "POST"}


def read_all(world: World, client: FlaskClient, tally: Tally, random: Random, rounds: int) -> None:
    """Every route that reads, in every way."""
    with closing(Watch(world)) as watch:
        for _ in range(rounds):
            for rule in rules(world):
                if "GET" not in (rule.methods or ()):
                    continue
                for ids in (world.ids, unknown(world.ids)):
                    for query in queries(rule, world, random):
                        _read(world, client, tally, watch, (rule, ids, query), random.random() < 0.2)


def _read(
    world: World, client: FlaskClient, tally: Tally, watch: Watch,
    what: tuple[Rule, Mapping[str, str], dict[str, str]], head: bool,
) -> None:  # fmt: skip
    rule, ids, query = what
    path, method = path_of(world, rule, ids), "HEAD" if head else "GET"
    headers = {"X-HTTP-Method-Override": "POST"}
    with client.open(str(path), method=method, query_string=query, headers=headers) as got:
        where = f"{method} {path} {query} → {got.status_code}"
        down = got.status_code == 503 and rule.endpoint.startswith(("bureau.", "shell.readyz"))
        broken = [f"{where}: a failure of our own"] if got.status_code >= 500 and not down else []
    touched = set(watch.found()) - ON_RECORD.get(rule.endpoint, set())
    tally.case(where, {"I2": [f"{where}: it changed {name}" for name in sorted(touched)], "I18": broken})


def forge_all(world: World, client: FlaskClient, tally: Tally) -> None:
    """Every route that changes something, asked without this browser's own token."""
    token = _token_of(world.sign_in("viewer"))
    with closing(Watch(world)) as watch:
        for rule in rules(world):
            for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
                for name, made in _FORGED.items():
                    form, query, headers = made(token)
                    path = path_of(world, rule, world.ids)
                    body = {**HARMLESS, "name": "x", "role": "owner", "answer": "accept", **form}
                    with client.open(
                        str(path), method=method, data=body, query_string=query, headers=headers
                    ) as got:
                        where = f"{name}: {method} {path} → {got.status_code}"
                    wanted = 401 if rule.endpoint in SIGNED else 403
                    found = [] if got.status_code == wanted else [f"{where}: it was not refused"]
                    found += [f"{where}: it changed {table}" for table in watch.found()]
                    tally.case(where, {"I2": found})


def _token_of(client: FlaskClient) -> str:
    page = client.get("/accounts/me").text
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def own_token_is_taken(world: World, client: FlaskClient) -> list[str]:
    """The same request with the browser's own token goes through: else all of this would prove nothing."""
    token, name = _token_of(client), f"名{clock.stamp()[-6:-1]}"
    given = {"csrf_token": token, "name": name, "mobile": "13800138000"}
    answer = client.post("/accounts/me", data=given)
    kept = db.rows("SELECT name FROM accounts_user WHERE id = ?", world.users["owner"].id)[0][0]
    return [] if answer.status_code == 303 and kept == name else [f"with its token: {answer.status_code}"]


def _csrf_off() -> Any:
    return mock.patch.object(security.csrf, "_exempt_blueprints", {entry.blueprint})


def _get_writes() -> Any:
    kept = panels.LOADS["today"]

    def load() -> dict[str, Any]:
        with db.transaction():
            Buyer.update(used=Buyer.used + 1).execute()
        return kept()

    return mock.patch.dict(panels.LOADS, {"today": load, "latest": load})


PLANTED: dict[str, Callable[[], Any]] = {
    "one module's forms ask for no token": _csrf_off,
    "a panel counts how often it is looked at": _get_writes,
}


def run(job: Job) -> Tally:
    """Every unsafe route without a token; every safe one with `size` ÷ 100 rounds of queries."""
    tally, random = Tally(job), Random(job.seed)
    with ExitStack() as stack:
        world = stack.enter_context(world_in(job.folder / "world"))
        client = world.sign_in("owner")
        client.get("/")
        world.app.config["WTF_CSRF_ENABLED"] = True
        if job.plant:
            stack.enter_context(PLANTED[job.plant]())
        forge_all(world, client, tally)
        unsafe = tally.cases
        tally.case("with its own token", {"I2": own_token_is_taken(world, client)})
        read_all(world, client, tally, random, max(1, job.size // 100))
        tally.measured |= {"unsafe requests": unsafe, "safe requests": tally.cases - unsafe}
    return tally
