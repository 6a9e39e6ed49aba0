"""The demo's people, mailbox and notice; the operator's commands."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask

from core import demo as core_demo
from core import registry
from core.app import create_app
from core.house import House
from plugins.accounts import commands, demo
from plugins.accounts.plugin import PLUGIN, provide_menu
from plugins.accounts.tables import User
from tests.plugins.accounts.conftest import Browser, OpenFast, Person
from tests.plugins.accounts.test_registering import PERSON


@pytest.fixture
def house(open_fast: OpenFast) -> House:
    house = open_fast(demo="1")
    core_demo.furnish(house)
    return house


def test_hook_provide_demo_the_people_sign_in_by_one_click(house: House) -> None:
    site = create_app(house)
    page = Browser(site.test_client()).get("/accounts/sign-in").text
    log_ins = re.findall(r'name="login" value="([^"]+)"', page)
    assert log_ins[-4:] == [f"{role}@demo.fapiao" for role in ("owner", "finance", "sales", "viewer")]
    for email in log_ins[-4:]:
        browser = Browser(site.test_client())
        assert browser.sign_in(email, demo.PASSWORD).status_code == 303
        assert core_demo.NAME in browser.get("/").text


def test_the_owner_can_switch_companies(house: House) -> None:
    browser = Browser(create_app(house).test_client())
    browser.sign_in("owner@demo.fapiao", demo.PASSWORD)
    branch = next(company for company in registry.companies() if company.name == demo.BRANCH)
    assert core_demo.NAME in browser.get("/").text
    browser.post("/company", page="/accounts/me", company=branch.id)
    assert f'<p class="lead">{demo.BRANCH}' in browser.get("/").text


def test_the_demos_mail_is_read_by_anybody(house: House) -> None:
    browser = Browser(create_app(house).test_client())
    assert "还没有邮件" in browser.get("/accounts/mailbox").text
    browser.post("/accounts/register", **PERSON)
    link = re.search(r'href="(/accounts/confirm/[^"]+)"', browser.get("/accounts/mailbox").text)
    assert link
    assert "账号已激活" in browser.post(link[1]).text


def test_hook_provide_demo_notice_says_who_may_sign_in(house: House) -> None:
    lines = core_demo.log_ins(house)
    assert "owner@demo.fapiao  (所有者 李云)" in lines
    assert demo.PASSWORD in lines[0]


def test_hook_provide_menu_and_test_hook_provide_permissions() -> None:
    assert PLUGIN.essential
    assert {entry.menu for entry in provide_menu()} == {"main", "account", "sign-in", "start"}


@pytest.fixture
def run() -> Callable[..., str]:
    def call(*words: str) -> str:
        result = CliRunner().invoke(commands.user, list(words))
        return result.output if result.exit_code == 0 else f"{result.exit_code} {result.output}"

    return call


def test_hook_provide_commands_the_operator_helps_out(
    house: House, site: Flask, person: Person, run: Callable[..., str]
) -> None:
    browser = Browser(site.test_client())
    person("zhang@example.com", confirmed_at="", totp="x")
    assert "zhang@example.com  active, unconfirmed" in run("list")
    run("confirm", "ZHANG@example.com")
    run("no-second-step", "zhang@example.com")
    assert browser.sign_in("zhang@example.com").status_code == 303
    run("suspend", "zhang@example.com")
    assert not browser.is_in()
    assert not User.get(User.email == "zhang@example.com").active
    run("resume", "zhang@example.com")
    assert User.get(User.email == "zhang@example.com").active
    assert run("confirm", "nobody@example.com").startswith("1 ")
