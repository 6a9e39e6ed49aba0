"""The page of the design in the application, and the hook that brings the renderer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from core import registry
from core.app import create_app
from core.contributions import Actor, Visitor
from core.house import House
from plugins.templates import marks, render
from plugins.templates.sample import KINDS


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house("templates")


@pytest.fixture
def sign_in(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], FlaskClient]:
    """A browser of somebody in that role."""
    company = registry.create_company("北京云杉办公用品有限公司", "91110108MA01ABCD5T", "11")

    def as_role(role: str) -> FlaskClient:
        found = Actor("user-1", "张三", company, role, {company: role})
        known = {"choose_visitor": Visitor("user-1", "张三", company), "choose_actor": found}
        monkeypatch.setattr(house.plugins, "choose", lambda hook, **values: known.get(hook))
        return create_app(house).test_client()

    return as_role


def test_hook_provide_renderers(house: House, doc: Any) -> None:
    ((_, (renderer,)),) = house.plugins.provide("provide_renderers")
    assert (renderer.format, renderer.media_type, renderer.version) == ("pdf", "application/pdf", "default@1")
    assert renderer.render(doc()).startswith(b"%PDF-")


def test_page_names_design_and_version(sign_in: Any) -> None:
    page = sign_in("finance").get("/templates/").get_data(as_text=True)
    assert render.VERSION in page
    assert "下载示例 PDF" in page
    assert all(f"/templates/sample/{name}.pdf" in page for name in KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_samples_are_specimens(sign_in: Any, name: str) -> None:
    answer = sign_in("owner").get(f"/templates/sample/{name}.pdf")
    assert answer.mimetype == "application/pdf"
    pdf = pypdfium2.PdfDocument(answer.data)
    try:
        text = pdf[0].get_textpage().get_text_range()
    finally:
        pdf.close()
    assert marks.SPECIMEN in text
    assert "示例" in text


def test_hook_provide_permissions(sign_in: Any) -> None:
    assert sign_in("sales").get("/templates/").status_code == 403
    assert sign_in("admin").get("/templates/").status_code == 200


def test_hook_provide_blueprint_knows_no_other_sample(sign_in: Any) -> None:
    assert sign_in("admin").get("/templates/sample/..%2fx.pdf").status_code == 404
    assert sign_in("admin").get("/templates/sample/other.pdf").status_code == 404


def test_every_text_has_english() -> None:
    file = Path(render.__file__).parent / "data" / "en.po"
    with file.open("rb") as source:
        known = {message.id for message in read_po(source) if message.string}
    page = (file.parent.parent / "templates" / "templates" / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'_\("([^"]+)"\)', page)) <= known
    assert {"发票版式", "查看发票版式", "没有这种示例"} <= known
