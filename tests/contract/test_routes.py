"""Every route × every visitor: who gets in, and that no other company's byte gets out.

The routes come from the URL map and the policies from a table of their own (`tests/hostile/policies.py`),
so a new view fails until it is written down there. The row S1 of the proof asks the same at length.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.hostile import policies, strangers
from tests.hostile.calls import Who, path_of
from tests.hostile.strangers import VISITORS, rules
from tests.hostile.world import CANARY, World, changed, fingerprint, world_in
from tests.proof.row import Job, Tally


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_in(tmp_path_factory.mktemp("world")) as made:
        yield made


def test_every_view_stands_in_the_table(world: World) -> None:
    assert {rule.endpoint for rule in rules(world)} <= set(policies.POLICIES)
    for rule in rules(world):
        assert path_of(world, rule, world.ids) is not None, f"{rule.rule}: its parameters stand in no table"


SOME = [who for who in VISITORS if who.name not in ("admin here", "finance here", "owner here")]


@pytest.mark.parametrize("who", SOME, ids=lambda who: who.name)
def test_every_route_refuses_whom_it_must(world: World, who: Who) -> None:
    tally = Tally(Job(0, 1, world.root))
    strangers.visit(world, who, tally, Random(1), 0)
    assert not tally.violations
    assert tally.cases > 80


def test_the_owner_does_see_his_own(world: World) -> None:
    client = world.sign_in("owner")
    for url in (f"/issuing/{world.document}", "/issuing/", "/", f"/archive/{world.document}"):
        assert CANARY in client.get(url).text, url


def test_reading_changes_nothing(world: World) -> None:
    client = world.sign_in("owner")
    client.get("/")
    for rule in rules(world):
        if "GET" in (rule.methods or ()) and rule.endpoint != "shell.receipt":
            before = fingerprint()
            client.get(str(path_of(world, rule, world.ids))).close()
            assert changed(before, fingerprint()) == [], rule.rule


def test_a_company_cannot_be_chosen_that_is_not_ones_own(world: World) -> None:
    client = world.sign_in("other")
    assert client.post("/company", data={"company": world.a}).status_code == 404
    for header in ("X-Tenant-Id", "X-Company", "X-Forwarded-Company"):
        assert CANARY not in client.get("/issuing/", headers={header: world.a}).text
    assert CANARY not in client.get(f"/issuing/?company={world.a}&tenant={world.a}").text


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_no_redirect_leads_away(world: World, path: str) -> None:
    answer = world.app.test_client().post("/language", data={"locale": "en", "next": path})
    assert answer.headers["Location"] == "/"


def test_every_answer_carries_the_headers(world: World) -> None:
    client = world.app.test_client()
    for url in ("/accounts/sign-in", "/nowhere", "/", "/healthz"):
        headers = client.get(url).headers
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
