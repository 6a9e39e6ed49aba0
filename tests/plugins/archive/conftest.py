"""A house with the archive only, a puppet bureau, and shorthand for asking, issuing and finding."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from core import posting, registry, scope
from core.app import create_app
from core.clock import FakeClock
from core.contributions import Actor
from core.documents import Document
from core.house import House, current
from plugins.archive import service
from tests.factories import SELLER, draft
from tests.plugins.archive import standin
from tests.plugins.archive.standin import Browser, browser
from tests.puppet import PuppetChannel

Ask = Callable[..., Document]


@pytest.fixture
def house(open_house: Callable[..., House], fake_clock: FakeClock) -> House:
    opened = open_house("archive")
    standin.add_to(opened)
    return opened


@pytest.fixture
def puppet(house: House) -> PuppetChannel:
    made = PuppetChannel()
    posting.furnish([], [made])
    return made


@pytest.fixture
def company(house: House) -> Iterator[str]:
    made = registry.create_company(SELLER.name, SELLER.tax_id, "11")
    with scope.opened(made, "user-1"):
        yield made


@pytest.fixture
def ask(puppet: PuppetChannel, company: str, fake_clock: FakeClock) -> Ask:
    """Asks for an invoice, each a second later than the one before, under an order of its own."""
    return asking(fake_clock)


def asking(fake: FakeClock) -> Ask:
    """A function that asks."""
    count = itertools.count(1)

    def make(**changes: object) -> Document:
        n = next(count)
        fake.sleep(1)
        actor = Actor("user-1", "张三", scope.company(), "finance")
        changes = {"source_ref": f"R-{n}", "order_no": f"D{n:03d}"} | changes
        outcome = posting.post(draft(**changes), f"k{n}", actor)
        assert outcome.document is not None, outcome.faults
        return outcome.document

    return make


@pytest.fixture
def app(house: House, puppet: PuppetChannel) -> Flask:
    return create_app(house)


@pytest.fixture
def viewer(app: Flask, company: str) -> Browser:
    return browser(app, company)


def take_in() -> None:
    """Have the archive told of everything, as the feed does."""
    runner = current().runner()
    while runner.feed_once():
        pass


def ids(query: str, size: int = 50) -> list[str]:
    """Ids of the documents found."""
    return [hit.document.id for hit in service.search(query, size=size).hits]
