"""What hostile requests once broke, each by itself; and small sizes of the rows that look for more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from plugins.accounts.tables import User
from tests.hostile import addresses, forms, fuzz, gates, methods, queries
from tests.hostile.world import World, world_in
from tests.proof.row import Caught, Job, Tally


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_in(tmp_path_factory.mktemp("refusals")) as made:
        yield made


@pytest.mark.parametrize("path", ["/accounts/start", "/accounts/security", "/accounts/security/totp"])
def test_htmx_may_ask_for_the_pages_about_oneself(world: World, path: str) -> None:
    answer = world.sign_in("owner").get(path, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text


def test_json_without_end_is_refused_and_nothing_more(world: World) -> None:
    for path in ("/accounts/sign-in", "/nowhere"):
        answer = world.stranger().post(path, data=b"[" * 100_000, content_type="application/json")
        assert answer.status_code in (403, 404, 422)


@pytest.mark.parametrize("path", ["codes", "off"])
def test_a_second_step_that_is_off_is_neither_renewed_nor_switched_off(world: World, path: str) -> None:
    given = {"current": "Kestrel-42-river", "code": "123456"}
    answer = world.sign_in("sales").post(f"/accounts/security/{path}", data=given)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/accounts/security")


def test_how_often_somebody_elsewhere_was_reminded_is_not_told(world: World) -> None:
    client, other = world.sign_in("owner"), world.sign_in("other")
    invited = world.users["invited"].id
    for _ in range(4):
        client.post(f"/accounts/members/{invited}/remind")
    assert client.post(f"/accounts/members/{invited}/remind").status_code == 422
    assert other.post(f"/accounts/members/{invited}/remind").status_code == 404


def test_a_colleagues_form_is_left_alone(world: World) -> None:
    client = world.sign_in("finance")
    given = {**forms.invoice("C-1"), "key": world.draft}
    assert client.post("/issuing/new", data={**given, "do": "later"}).status_code == 303
    assert client.post("/issuing/new", data={**given, "do": "issue"}).status_code == 303
    assert world.sign_in("owner").get(f"/issuing/new?draft={world.draft}").status_code == 200


@pytest.mark.parametrize("tick", ["-1", "-9223372036854775809", "9" * 30])
def test_any_count_of_looks_is_taken(world: World, tick: str) -> None:
    client = world.sign_in("viewer")
    for path in (f"/issuing/{world.document}", "/issuing/moving", "/issuing/panel/latest"):
        assert client.get(path, query_string={"tick": tick}).status_code == 200


@pytest.mark.parametrize("path", ["/issuing/buyers", "/issuing/lookup/buyers", "/issuing/lookup/goods/0"])
def test_a_query_may_be_of_any_length(world: World, path: str) -> None:
    assert world.sign_in("sales").get(path, query_string={"q": "a" * 70_000}).status_code == 200


@pytest.mark.parametrize("version", ["9" * 5000, "²", "-1", ""])
def test_a_version_that_is_no_number_is_an_old_one(world: World, version: str) -> None:
    given = {**forms.good(world, "companies.save", "1"), "version": version}
    assert world.sign_in("admin").post("/companies/profile/edit", data=given).status_code == 422


def test_people_of_the_demo_do_not_get_in_where_there_is_none(world: World) -> None:
    client = world.sign_in("support")
    User.update(email="x@demo.fapiao").where(User.id == world.users["support"].id).execute()
    given = {"login": "x@demo.fapiao", "password": "Kestrel-42-river"}
    assert client.get("/").status_code == 401
    assert world.stranger().post("/accounts/sign-in", data=given).status_code == 422
    world.house.demo = True
    try:
        assert world.stranger().post("/accounts/sign-in", data=given).status_code == 303
    finally:
        world.house.demo = False


def _job(tmp_path: Path, size: int, plant: str = "") -> Job:
    return Job(size, 1, tmp_path, plant=plant)


def test_random_queries_are_one_to_both_twins(tmp_path: Path) -> None:
    tally = queries.run(_job(tmp_path, 600))
    assert not tally.violations


@pytest.mark.parametrize("plant", queries.PLANTED)
def test_a_hole_in_the_gate_is_found(tmp_path: Path, plant: str) -> None:
    with pytest.raises(Caught):
        queries.run(_job(tmp_path, 500, plant))


def test_no_address_inside_is_connected_to(tmp_path: Path) -> None:
    tally = addresses.run(_job(tmp_path, 60))
    assert not tally.violations


def test_every_static_gate_is_shut_and_fires(tmp_path: Path) -> None:
    assert not gates.run(_job(tmp_path, 1)).violations


def test_nothing_is_written_without_a_token(world: World) -> None:
    client, tally = world.sign_in("owner"), Tally(Job(0, 1, world.root))
    world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        methods.forge_all(world, client, tally)
        assert methods.own_token_is_taken(world, client) == []
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False
    assert not tally.violations


def test_nonsense_is_refused_by_name(world: World) -> None:
    fuzzer, found = fuzz.Fuzzer(world, Random(1)), []
    for hit in islice(fuzzer.hits(), 150):
        if not hit.endpoint.startswith("bureau."):  # it does not run beside this world
            found += fuzzer.send(hit)
    assert found == []
