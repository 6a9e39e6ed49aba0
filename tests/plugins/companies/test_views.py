"""The page of the company's particulars."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import demo, plugins, registry, scope
from core.app import create_app
from core.contributions import Actor, Plugin, Visitor
from core.hookspecs import hookimpl
from core.house import House
from plugins.companies import service
from tests.plugins.companies.conftest import TAX_ID

Enter = Callable[[str], FlaskClient]
EDIT = "/companies/profile/edit"


@pytest.fixture
def enter(house: House, firm: str) -> Enter:
    """Opens a browser of somebody with a role: a plugin of the test says who asks."""

    def make(role: str) -> FlaskClient:
        module = ModuleType("front_door")
        module.PLUGIN = Plugin(name="front_door", title="门", summary="说谁来了", essential=True)  # type: ignore[attr-defined]
        module.__file__ = __file__
        module.choose_visitor = hookimpl(lambda: Visitor("li", "李云", firm))  # type: ignore[attr-defined]
        module.choose_actor = hookimpl(  # type: ignore[attr-defined]
            lambda visitor: Actor("li", "李云", firm, role, {firm: role})
        )
        sys.modules["front_door"] = module
        plugins.current().add("front_door", module)
        return create_app(house).test_client()

    return make


def fields(**changes: str) -> dict[str, str]:
    own = {
        "name": "北京云杉办公用品有限公司",
        "tax_id": TAX_ID,
        "region": "11",
        "kind": "general",
        "version": "0",
    }
    return {**own, **changes}


def post(client: FlaskClient, **changes: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(EDIT).text)
    assert token
    return client.post(EDIT, data={**fields(**changes), "csrf_token": token[1]})


def test_the_owner_changes_the_profile(enter: Enter, firm: str) -> None:
    client = enter("owner")
    assert "地址、电话和开户行还没有填写" in client.get("/companies/profile").text
    answer = post(client, address="北京市海淀区学院路 1 号", drawer="王芳")
    assert answer.location == "/companies/profile?done=1"
    page = client.get(answer.location).text
    assert "已保存" in page
    assert "北京市海淀区学院路 1 号" in page
    assert "李云" in page
    assert service.profile().drawer == "王芳"


def test_a_wrong_form_comes_back_as_typed(enter: Enter) -> None:
    answer = post(enter("owner"), tax_id="91110108MA01ABCD5X", address="学院路 <1>")
    assert answer.status_code == 422
    assert "91110108MA01ABCD5X" in answer.text
    assert "学院路 &lt;1&gt;" in answer.text
    assert "COMPANIES-PROFILE-03" in answer.text
    assert service.profile().version == 0


def test_an_old_tax_id_is_taken_with_a_warning_that_stays(enter: Enter) -> None:
    client = enter("admin")
    assert post(client, tax_id="110108012345678").status_code == 303
    assert "无法完整校验" in client.get("/companies/profile").text


@pytest.mark.parametrize("role", ["finance", "sales", "viewer", "support"])
def test_others_look_and_do_not_touch(enter: Enter, role: str) -> None:
    client = enter(role)
    page = client.get("/companies/profile")
    assert page.status_code == 200
    assert EDIT not in page.text
    assert client.get(EDIT).status_code == 403


def test_hook_provide_demo_fills_the_demo_company(open_house: Callable[..., House]) -> None:
    house = open_house("companies", demo="1")
    demo.furnish(house)
    (company,) = registry.companies()
    with scope.opened(company.id):
        own = service.profile()
        assert service.judge(own) == []
    assert own.address
    assert own.bank
    assert own.seller.name == demo.NAME
