"""What doctor and /readyz say of a house."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from core import clock, db, disk, documents, health, posting, registry, strays, tasks
from core.app import create_app
from core.channels import Listed
from core.contributions import Actor
from core.house import House
from tests.factories import draft
from tests.puppet import PuppetChannel


def levels(house: House) -> dict[str, str]:
    return {check.name: check.level for check in health.checks(house.signer) if check.level != "ok"}


def test_a_new_house_is_well(bare: House, company: str) -> None:
    assert levels(bare) == {}
    assert health.worst(health.checks(bare.signer)) == "ok"


def test_a_freeze_is_bad(bare: House) -> None:
    registry.freeze("x")
    assert levels(bare) == {"issuing": "bad"}


def test_a_failed_disk_is_bad(bare: House) -> None:
    disk.stop("EIO")
    assert levels(bare) == {"disk": "bad"}
    assert "EIO" in str([check.params for check in health.checks(bare.signer)])


def test_a_worker_that_is_not_there_shows(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: clock.FakeClock
) -> None:
    posting.post(draft(), "k", actor)
    fake_clock.sleep(61)
    assert levels(bare) == {"work": "warn"}
    fake_clock.sleep(600)
    assert levels(bare) == {"work": "bad"}


def test_a_task_that_gave_up_shows(bare: House, company: str, fake_clock: clock.FakeClock) -> None:
    with db.transaction():
        tasks.enqueue("x.y", "1")
    db.execute("UPDATE task SET state = 'dead'")
    assert levels(bare) == {"work": "warn"}


@pytest.mark.parametrize(("state", "hours"), [("unknown", 14), ("parked", 25)])
def test_a_document_that_waits_too_long_shows(
    bare: House, channel: PuppetChannel, actor: Actor, fake_clock: clock.FakeClock, state: str, hours: int
) -> None:
    posting.post(draft(), "k", actor)
    db.execute("UPDATE document SET state = ?", state)
    db.execute("DELETE FROM task")
    bare.runner().checkpoint_all()
    fake_clock.wall += timedelta(hours=hours - 2)
    assert levels(bare) == {}
    fake_clock.wall += timedelta(hours=2)
    assert levels(bare) == {state: "warn"}
    assert documents.documents()[0].state == state


def test_an_unsigned_ledger_shows(fake_clock: clock.FakeClock, bare: House, company: str) -> None:
    fake_clock.wall += timedelta(hours=3)
    assert levels(bare) == {"ledger": "warn"}
    bare.runner().checkpoint_all()
    assert levels(bare) == {}


def test_a_difference_shows(bare: House, company: str) -> None:
    with db.transaction():
        strays.add(Listed("26110000000000000001", "X" * 20, "2026-11-24", "某公司", 100), "puppet")
    assert levels(bare) == {"differences": "warn"}


def test_readyz_says_the_same(bare: House, company: str) -> None:
    client: FlaskClient = create_app(bare).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")  # type: ignore[index]
    assert set(answer.json["checks"]) == {check.name for check in health.checks(bare.signer)}  # type: ignore[index]
    registry.freeze("x")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "bad")  # type: ignore[index]
    assert client.get("/healthz").status_code == 200
