"""A house with a company in scope, and its people."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import registry, scope
from core.contributions import Actor
from core.house import House

TAX_ID = "91110108MA01ABCD5T"


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first start leaves it: each test takes a copy instead of a first start."""
    root = tmp_path_factory.mktemp("fresh") / "house"
    House({"FAPIAO_PLUGINS": "companies"}, root, serving=True).close()
    return root


@pytest.fixture
def house(open_house: Callable[..., House], fresh: Path, tmp_path: Path) -> House:
    """The profile alone."""
    return open_house("companies", root=Path(shutil.copytree(fresh, tmp_path / "fast")))


@pytest.fixture
def firm(house: House) -> Iterator[str]:
    """A company in scope whose profile was never touched."""
    made = registry.create_company("北京云杉办公用品有限公司", TAX_ID, "11")
    with scope.opened(made, "li"):
        yield made


@pytest.fixture
def li(firm: str) -> Actor:
    """Its owner."""
    return Actor("li", "李云", firm, "owner", {firm: "owner"})
