"""The application's own answers: errors that help, in the user's language, and safe mode."""

from __future__ import annotations

import logging

import pytest
from flask import Blueprint

from core.app import create_app
from core.contributions import PUBLIC
from core.errors import Conflict, Forbidden, NotFound, Unavailable
from core.house import House
from core.security import allow
from tests.conftest import OpenHouse
from tests.core.test_plugins import named, plugin


def test_in_safe_mode_the_core_answers_and_says_why_nobody_can_sign_in(open_house: OpenHouse) -> None:
    client = create_app(open_house(safe_mode="1")).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "安全模式" in answer.text


@pytest.fixture
def raising(bare: House) -> Blueprint:
    """A guest whose page raises whatever is asked for."""
    pages = Blueprint("guest", __name__, url_prefix="/guest")
    kinds: dict[str, Exception] = {
        "missing": NotFound("没有这张发票"),
        "forbidden": Forbidden("您的角色不能进行这项操作"),
        "conflict": Conflict("状态已变化"),
        "frozen": Unavailable("开票已冻结:%(reason)s", reason="x"),
        "bug": RuntimeError("secret detail"),
    }

    @pages.get("/<kind>")
    @allow(PUBLIC)
    def fail(kind: str) -> str:
        raise kinds[kind]

    bare.plugins.add("guest", plugin("guest", named("provide_blueprint", lambda: pages)))
    return pages


@pytest.mark.parametrize(
    ("kind", "status"),
    [("missing", 404), ("forbidden", 403), ("conflict", 409), ("frozen", 503), ("bug", 500)],
)
@pytest.mark.parametrize("form", ["page", "htmx", "json"])
def test_an_error_helps_in_every_form(
    bare: House, raising: Blueprint, caplog: pytest.LogCaptureFixture, kind: str, status: int, form: str
) -> None:
    headers = {"htmx": {"HX-Request": "true"}, "json": {"Accept": "application/json"}}.get(form, {})
    with caplog.at_level(logging.CRITICAL, "core.app"):
        answer = create_app(bare).test_client().get(f"/guest/{kind}", headers=headers)
    assert answer.status_code == status
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert "HX-Trigger" not in answer.headers, "no event is told of a refusal"
    assert ("<html" in answer.text) == (form == "page")
    if form == "json":
        assert answer.is_json
        assert answer.json is not None
        assert answer.json["status"] == status


@pytest.mark.parametrize(
    ("wanted", "word"), [("zh-CN,zh;q=0.9", "没有找到"), ("en-US,en;q=0.9", "Not found")]
)
def test_an_error_speaks_the_users_language(bare: House, wanted: str, word: str) -> None:
    answer = create_app(bare).test_client().get("/nowhere", headers={"Accept-Language": wanted})
    assert answer.status_code == 404
    assert word in answer.text
