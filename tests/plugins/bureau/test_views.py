"""The callback route and the fault page, through the real application."""

from __future__ import annotations

import json
import types
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from core import clock, documents, ledger, posting, tasks
from core.app import create_app
from core.contributions import Plugin, Visitor
from core.hookspecs import hookimpl
from plugins.bureau import protocol, service
from tests.plugins.bureau.conftest import SECRET, Home


@pytest.fixture
def browser(home: Home) -> FlaskClient:
    """An admin's browser, signed in by a plugin of the test."""
    module: Any = types.ModuleType("signer")
    module.__file__ = __file__
    module.PLUGIN = Plugin("signer", "登录", "测试", essential=True)
    module.choose_visitor = hookimpl(choose_visitor)
    module.choose_actor = hookimpl(lambda visitor: home.actor)
    home.house.plugins.add("signer", module)
    app = create_app(home.house)
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def choose_visitor() -> Visitor:
    return Visitor("tester", "张三")


def told(
    serial: str, *, event: str = "E1", secret: bytes = SECRET, shift: int = 0, **more: Any
) -> dict[str, Any]:
    body = json.dumps({"id": event, "serial": serial, "state": "done"} | more).encode()
    stamp = str(int(clock.now().timestamp()) + shift)
    headers = {
        "X-Bureau-Event": event, "X-Bureau-Timestamp": stamp,
        "X-Bureau-Signature": protocol.sign_callback(secret, event, stamp, body),
    }  # fmt: skip
    return {"data": body, "headers": headers}


def test_a_callback_asks_at_once_and_only_once(home: Home, browser: FlaskClient) -> None:
    home.bureau.faults(profile={"delay_ms": 60_000})
    document = home.ask_for("A-1")
    home.house.runner().drain(1, lambda: documents.find_document(document).state == "accepted")
    serial = documents.find_document(document).serial
    assert browser.post("/bureau/callback", **told(serial)).status_code == 204
    due = tasks.next_due([posting.ASK])
    assert due is not None
    assert due <= 0
    home.house.runner().drain(1, lambda: documents.find_document(document).standing.asked == 1)
    assert browser.post("/bureau/callback", **told(serial)).status_code == 204
    due = tasks.next_due([posting.ASK])
    assert due is not None
    assert due > 0, "the same event again is no news"


@pytest.mark.parametrize(
    "change", [{"secret": b"x" * 32}, {"shift": -700}, {"shift": 700}, {"id": "E2"}, {"id": 3}]
)
def test_a_forged_stale_or_mixed_up_callback_is_refused(browser: FlaskClient, change: dict[str, Any]) -> None:
    assert browser.post("/bureau/callback", **told("S1", **change)).status_code == 401
    assert browser.post("/bureau/callback", data=b"{}").status_code == 401


def test_a_callback_for_an_unknown_serial_harms_nobody(browser: FlaskClient) -> None:
    assert browser.post("/bureau/callback", **told("NOBODY")).status_code == 204


def test_the_page_shows_every_fault_and_says_that_all_is_simulated(home: Home, browser: FlaskClient) -> None:
    home.settle(home.ask_for("A-1"))
    page = browser.get("/bureau/faults").get_data(as_text=True)
    assert "不具法律效力" in page
    assert "运行中" in page
    assert "339.00" in page
    for name in protocol.REFUSALS:
        assert name in page
    state = home.bureau.session.control("GET", "/api/faults")
    assert all(f"{name}." in page for name in state["faults"])
    part = browser.get("/bureau/faults?part=status", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert part.lstrip().startswith("<section")
    assert "一键预设" not in part


@pytest.mark.parametrize("name", list(service.PRESETS))
def test_a_preset_brings_about_its_situation(home: Home, browser: FlaskClient, name: str) -> None:
    answer = browser.post("/bureau/presets", data={"name": name})
    assert (answer.status_code, answer.location) == (303, "/bureau/faults")
    state = home.bureau.session.control("GET", "/api/faults")["faults"]
    for fault, fields in service.PRESETS[name][1].items():
        assert {key: state[fault][key] for key in fields if key != "seconds"}.items() <= state[fault].items()
    assert ledger.events_about("bureau")[-1].kind == "bureau.disturbed"
    assert browser.get("/bureau/faults").status_code == 200


def test_the_form_sets_a_fault_and_refuses_nonsense(home: Home, browser: FlaskClient) -> None:
    form = {"drop_answer.every": "10", "drop_answer.rate": "0", "profile.idempotent": "1"}
    assert browser.post("/bureau/faults", data=form).status_code == 303
    state = home.bureau.session.control("GET", "/api/faults")
    assert state["faults"]["drop_answer"]["every"] == 10
    assert state["profile"]["idempotent"] == 1
    assert browser.post("/bureau/faults", data={"busy.rate": "viel"}).status_code == 422
    assert browser.post("/bureau/faults", data={"busy.rate": "7"}).status_code == 422
    assert browser.post("/bureau/presets", data={"name": "?"}).status_code == 404


def test_without_the_bureau_the_page_says_so(home: Home, browser: FlaskClient) -> None:
    home.bureau.kill()
    assert "未运行" in browser.get("/bureau/faults").get_data(as_text=True)
    assert browser.post("/bureau/faults", data={}).status_code == 503
    home.bureau.start()


def test_the_page_is_for_those_who_may(home: Home, browser: FlaskClient) -> None:
    home.actor = replace(home.actor, role="finance")
    assert browser.get("/bureau/faults").status_code == 403
