"""A house with accounts only, browsers that fill forms in as people do, and a way to read mail."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from core import clock, registry, rng, scope
from core.app import create_app
from core.house import House
from plugins.accounts import credentials, membership
from plugins.accounts.tables import Mail, User

FAST = {"accounts_argon2_kib": "64", "accounts_argon2_rounds": "1"}
PASSWORD = "云杉树下的猫 2026"


class Browser:
    """A client that takes the CSRF token from the page that holds the form, as a person's browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str, **more: Any) -> TestResponse:
        return self.client.get(url, **more)

    def post(self, url: str, page: str = "", **fields: str) -> TestResponse:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page or url).get_data(as_text=True))
        assert token, f"no form at {page or url}"
        return self.client.post(url, data={**fields, "csrf_token": token[1]})

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/accounts/sign-in", login=login, password=password, **more)

    def is_in(self) -> bool:
        return self.get("/accounts/me").status_code == 200


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first start leaves it: each test takes a copy instead of a first start."""
    root = tmp_path_factory.mktemp("fresh") / "house"
    house = House({"FAPIAO_PLUGINS": "accounts"}, root, serving=True)
    house.journal.good()
    house.close()
    return root


@pytest.fixture(scope="session", autouse=True)
def _compile_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each test builds an application; its templates need compiling only the first time."""
    with pytest.MonkeyPatch.context() as patch:
        cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": cache})
        yield


OpenFast = Callable[..., House]


@pytest.fixture
def open_fast(open_house: Callable[..., House], fresh: Path, tmp_path: Path) -> OpenFast:
    """Opens a house of accounts alone, with fast hashes."""

    def make(**settings: str) -> House:
        root = Path(shutil.copytree(fresh, tmp_path / f"fast-{len(list(tmp_path.iterdir()))}"))
        return open_house("accounts", root=root, **FAST, **settings)

    return make


@pytest.fixture
def house(open_fast: OpenFast) -> House:
    """Accounts alone."""
    return open_fast()


@pytest.fixture
def site(house: House) -> Flask:
    """Its application."""
    return create_app(house)


@pytest.fixture
def browse(site: Flask) -> Callable[[], Browser]:
    """Opens another browser."""
    return lambda: Browser(site.test_client())


@pytest.fixture
def browser(browse: Callable[[], Browser]) -> Browser:
    """A stranger's browser."""
    return browse()


@pytest.fixture
def firm(house: House) -> str:
    """A company nobody belongs to yet."""
    return registry.create_company("北京云杉办公用品有限公司", "91110108MA01ABCD5T", "11")


Person = Callable[..., User]


@pytest.fixture
def person(site: Flask) -> Person:
    """Makes people who have confirmed their address; with a role, members of a company."""

    def make(email: str, *, company: str = "", role: str = "", **values: Any) -> User:
        user: User = User.create(
            **{
                "id": rng.ulid(), "email": email, "name": email.partition("@")[0].title(), "mobile": "",
                "password": credentials.hashed(PASSWORD), "fs_uniquifier": rng.token(32),
                "confirmed_at": clock.stamp(), "made_at": clock.stamp(), **values,
            }
        )  # fmt: skip
        if role:
            with scope.opened(company):
                membership.add(user, role, "北京云杉办公用品有限公司")
        return user

    return make


@pytest.fixture
def mail(house: House) -> Callable[[str], str]:
    """The path of the link in the newest mail to an address."""

    def newest(email: str) -> str:
        found = Mail.select().where(Mail.recipient == email).order_by(Mail.id.desc()).first()
        assert found, f"no mail to {email}"
        link = re.search(r"http://[^/]+(/\S+)", found.body)
        assert link, found.body
        return link[1]

    return newest
