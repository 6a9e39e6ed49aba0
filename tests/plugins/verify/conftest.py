"""A house with the verify module only, a puppet bureau, and an issued invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from core import documents, posting, registry, scope
from core.app import create_app
from core.clock import FakeClock
from core.documents import Document
from core.house import House
from tests.factories import SELLER
from tests.plugins.archive import standin
from tests.plugins.archive.conftest import Ask, asking
from tests.plugins.archive.standin import Browser, browser
from tests.puppet import PuppetChannel


@pytest.fixture
def house(open_house: Callable[..., House], fake_clock: FakeClock) -> House:
    opened = open_house("verify")
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
    return asking(fake_clock)


@pytest.fixture
def issued(ask: Ask, house: House) -> Document:
    """26110000000000000001 of 24 November 2026 over ¥339.00."""
    document = ask()
    house.runner().drain(60)
    return documents.find_document(document.id)


@pytest.fixture
def app(house: House, puppet: PuppetChannel) -> Flask:
    return create_app(house)


@pytest.fixture
def viewer(app: Flask, company: str) -> Browser:
    return browser(app, company)
