"""Fixtures: a house in a folder of its own, a company, a channel that does as it is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import clock, posting, registry, scope
from core.app import create_app
from core.contributions import Actor
from core.house import House
from tests.factories import ACTOR, SELLER
from tests.puppet import PuppetChannel

OpenHouse = Callable[..., House]


@pytest.fixture(scope="session")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A boot journal that has seen every plugin: probing them in a child takes a second per house."""
    root = tmp_path_factory.mktemp("probed")
    house = House({}, root, serving=True)
    house.journal.good()
    house.close()
    return house.folder.journal


@pytest.fixture
def open_house(tmp_path: Path, probed: Path) -> Iterator[OpenHouse]:
    """Opens houses with the plugins named (all, if none are), each in a folder of its own."""
    opened: list[House] = []

    def make(*plugins: str, root: Path | None = None, **settings: str) -> House:
        environ = {f"FAPIAO_{name.upper()}": value for name, value in settings.items()}
        if plugins:
            environ["FAPIAO_PLUGINS"] = ",".join(plugins)
        folder = root or tmp_path / f"house-{len(opened)}"
        folder.mkdir(exist_ok=True)
        shutil.copy(probed, folder / probed.name)
        house = House(environ, folder)
        opened.append(house)
        return house

    yield make
    for house in opened:
        house.close()


@pytest.fixture
def bare(open_house: OpenHouse) -> House:
    """A house without any plugin."""
    return open_house("none")


@pytest.fixture
def channel(bare: House) -> PuppetChannel:
    """The bare house's only channel."""
    puppet = PuppetChannel()
    posting.furnish([], [puppet])
    return puppet


@pytest.fixture
def company(bare: House) -> Iterator[str]:
    """A company of the bare house, in scope."""
    made = registry.create_company(SELLER.name, SELLER.tax_id, "11")
    with scope.opened(made, "tester"):
        yield made


@pytest.fixture
def actor(company: str) -> Actor:
    """Somebody of that company."""
    return Actor(ACTOR, "张三", company, "finance", {company: "finance"})


@pytest.fixture
def fake_clock() -> Iterator[clock.FakeClock]:
    """Time that moves only when told to, from 24 Nov 2026, 10:00 in China."""
    with clock.use(clock.FakeClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))) as fake:
        assert isinstance(fake, clock.FakeClock)
        yield fake


@pytest.fixture
def app(open_house: OpenHouse) -> Flask:
    """The application with every plugin."""
    return create_app(open_house())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()
