"""Every hook by its policy, and what happens when a plugin misbehaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import click
import pytest
from flask import Blueprint, Flask

from core import clock, db, ledger, posting, registry, scope
from core.app import create_app
from core.contributions import (
    PUBLIC,
    Actor,
    Companion,
    Job,
    MenuEntry,
    Panel,
    Permission,
    Plugin,
    Renderer,
    Visitor,
)
from core.errors import Forbidden, Unavailable
from core.events import Event
from core.hookspecs import hookimpl
from core.house import House
from core.invoice import Invoice
from core.rules import Fault, RuleSet
from core.security import allow
from tests.factories import draft
from tests.puppet import PuppetChannel


def plugin(name: str = "guest", *hooks: Callable[..., Any], **manifest: Any) -> ModuleType:
    """A module as a plugin author would write it."""
    module = ModuleType(f"plugins.{name}.plugin")
    module.__file__ = __file__
    module.PLUGIN = Plugin(name, name, "", **manifest)  # type: ignore[attr-defined]
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return module


def boom(*_: Any, **__: Any) -> Any:
    raise RuntimeError("bug in the plugin")


def named(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """A hook of this name and of the call's signature."""
    call.__name__ = name
    return call


def test_hook_provide_blueprint(bare: House) -> None:
    pages = Blueprint("guest", __name__, url_prefix="/guest")

    @pages.get("/")
    @allow(PUBLIC)
    def home() -> str:
        return "hello"

    bare.plugins.add("guest", plugin("guest", named("provide_blueprint", lambda: pages)))
    assert create_app(bare).test_client().get("/guest/").text == "hello"


def test_a_view_without_a_policy_leaves_its_plugin_out(bare: House) -> None:
    pages = Blueprint("guest", __name__, url_prefix="/guest")
    pages.add_url_rule("/", "home", lambda: "hello")
    bare.plugins.add("guest", plugin("guest", named("provide_blueprint", lambda: pages)))
    app = create_app(bare)
    assert "guest.home" in bare.plugins.quarantined["guest"]
    assert app.test_client().get("/guest/").status_code == 404


def test_a_blueprint_of_another_name_is_left_out(bare: House) -> None:
    pages = Blueprint("shell2", __name__)
    bare.plugins.add("guest", plugin("guest", named("provide_blueprint", lambda: pages)))
    create_app(bare)
    assert "guest" in bare.plugins.quarantined


PROVIDED: dict[str, object] = {
    "provide_menu": [MenuEntry("shell.home", "x", "home", PUBLIC)],
    "provide_permissions": [Permission("good.look", "x", ("owner",))],
    "provide_panels": [Panel("x.html", dict, PUBLIC)],
    "provide_jobs": [Job("good.work", lambda task: None)],
    "provide_commands": [click.Command("greet")],
    "provide_rules": [RuleSet("good-rules", "", since=clock.today())],
    "provide_channel": PuppetChannel(name="good"),
    "provide_renderers": [Renderer("txt", "text/plain", "1", lambda document: b"")],
    "provide_companions": [Companion("good", "x", lambda folder: [], lambda: "")],
    "provide_demo_notice": ["line"],
}


@pytest.mark.parametrize("hook", sorted(PROVIDED))
def test_what_a_plugin_provides_arrives_and_a_bug_only_costs_that_plugin(bare: House, hook: str) -> None:
    """test_hook_provide_menu test_hook_provide_permissions test_hook_provide_panels test_hook_provide_jobs
    test_hook_provide_commands test_hook_provide_rules test_hook_provide_channel test_hook_provide_renderers
    test_hook_provide_companions test_hook_provide_demo_notice"""
    bare.plugins.add("good", plugin("good", named(hook, lambda: PROVIDED[hook])))
    bare.plugins.add("bad", plugin("bad", named(hook, lambda: boom())))
    assert bare.plugins.provide(hook) == [("good", PROVIDED[hook])]
    assert "bug in the plugin" in bare.plugins.quarantined["bad"]
    assert bare.plugins.working() == ["good"]


def test_hook_provide_demo(bare: House, company: str) -> None:
    done: list[str] = []
    bare.plugins.add("guest", plugin("guest", named("provide_demo", lambda: done.append(scope.company()))))
    for _, call in bare.plugins.implementations("provide_demo", bare.plugins.order()):
        call()
    assert done == [company]


def test_hook_choose_visitor_and_actor_first_answer_wins(bare: House) -> None:
    """test_hook_choose_visitor test_hook_choose_actor"""
    nobody = named("choose_visitor", lambda: None)
    somebody = named("choose_visitor", lambda: Visitor("u", "Zhang"))
    actor = named(
        "choose_actor", lambda visitor: Actor(visitor.user, visitor.name, "c", "owner", {"c": "owner"})
    )
    bare.plugins.add("a", plugin("a", nobody))
    bare.plugins.add("b", plugin("b", somebody, actor))
    with scope.opened():
        found = bare.plugins.choose("choose_visitor")
        assert found == Visitor("u", "Zhang")
        assert bare.plugins.choose("choose_actor", visitor=found).company == "c"


def test_a_channel_of_a_module_that_is_off_takes_nothing_new(
    bare: House, channel: PuppetChannel, actor: Actor
) -> None:
    bare.plugins.add("guest", plugin("guest"))
    posting.furnish([], [channel], {channel.name: "guest"})
    assert posting.post(draft(), "k", actor).document is not None
    registry.switch("guest", False, "user:x")
    with pytest.raises(Unavailable):
        posting.post(draft(source_ref="A-2"), "k2", actor)


def test_hook_prepare_draft_folds_in_order(channel: PuppetChannel, bare: House, actor: Actor) -> None:
    def add(text: str) -> Callable[..., Any]:
        def prepare_draft(draft: Invoice) -> Invoice:
            return replace(draft, remark=draft.remark + text)

        return prepare_draft

    bare.plugins.add("a", plugin("a", add("1"), after=("b",)))
    bare.plugins.add("b", plugin("b", add("2")))
    assert posting.preview(draft(), actor)[0].remark == "21"


def test_hook_check_draft_merges_and_fails_closed(channel: PuppetChannel, bare: House, actor: Actor) -> None:
    """test_hook_check_draft"""
    faults = {"b": [Fault("B-X-01", "remark", "b")], "a": [Fault("A-X-01", "buyer.name", "a")]}
    for name, given in faults.items():
        bare.plugins.add(name, plugin(name, named("check_draft", lambda draft, given=given: given)))
    assert [fault.code for fault in posting.post(draft(), "k", actor).faults] == ["A-X-01", "B-X-01"]
    bare.plugins.add("c", plugin("c", named("check_draft", lambda draft: boom())))
    with pytest.raises(Unavailable) as refused:
        posting.post(draft(), "k", actor)
    assert refused.value.params["name"] == "c", "the refusal says whose check it was"
    assert db.rows("SELECT * FROM document") == []


def test_hook_on_event_is_isolated_and_told_again(bare: House, company: str, fake_clock: Any) -> None:
    told: list[int] = []
    failing = {"on": True}

    def careful(event: Event) -> None:
        told.append(event.seq)

    def fragile(event: Event) -> None:
        if failing["on"]:
            boom()
        told.append(-event.seq)

    bare.plugins.add("careful", plugin("careful", named("on_event", careful)))
    bare.plugins.add("fragile", plugin("fragile", named("on_event", fragile)))
    runner = bare.runner()
    with scope.closed():
        runner.feed_once()
        assert told == [1]
        failing["on"] = False
        fake_clock.sleep(2)
        runner.feed_once()
    assert told == [1, -1]


def test_an_event_is_told_after_its_commit_only(bare: House, company: str) -> None:
    told: list[str] = []
    bare.plugins.add("guest", plugin("guest", named("on_event", lambda event: told.append(event.kind))))
    with pytest.raises(RuntimeError), db.transaction():
        ledger.append("setting-changed", "x", {})
        raise RuntimeError
    with scope.closed():
        bare.runner().feed_once()
    assert told == ["company-created"]


def test_three_strikes_and_a_decorating_plugin_is_off(bare: House, company: str) -> None:
    bare.plugins.add("guest", plugin("guest"))
    for _ in range(3):
        assert bare.plugins.is_on("guest")
        assert bare.plugins.decorate("guest", boom)[0] is False
    assert not bare.plugins.is_on("guest")
    assert "3 times" in bare.plugins.quarantined["guest"]


def test_a_success_between_forgives_strikes(bare: House, company: str) -> None:
    bare.plugins.add("guest", plugin("guest"))
    for call in (boom, boom, dict, boom, boom):
        bare.plugins.decorate("guest", call)
    assert bare.plugins.is_on("guest")


def test_a_refusal_on_purpose_is_no_strike(bare: House, company: str) -> None:
    bare.plugins.add("guest", plugin("guest"))

    def refuse() -> None:
        raise Forbidden("no")

    for _ in range(5):
        with pytest.raises(Forbidden):
            bare.plugins.decorate("guest", refuse)
    assert bare.plugins.is_on("guest")


def test_a_plugin_that_exits_ends_nothing(bare: House) -> None:
    ok, error = bare.plugins.guarded(lambda: (_ for _ in ()).throw(SystemExit(3)))
    assert (ok, type(error)) == (False, SystemExit)


def test_a_misspelt_hook_is_refused(bare: House) -> None:
    with pytest.raises(Exception, match="on_evnet"):
        bare.plugins.add("guest", plugin("guest", named("on_evnet", lambda event: None)))
    assert "guest" not in bare.plugins.manifests


def test_switching_is_per_company_and_at_once(bare: House, company: str) -> None:
    bare.plugins.add("guest", plugin("guest"))
    other = registry.create_company("另一家", "91310115MA1K00007Q", "31")
    registry.switch("guest", False, "user:x")
    assert not bare.plugins.is_on("guest")
    with scope.opened(other):
        assert bare.plugins.is_on("guest")
    with scope.opened():
        assert bare.plugins.is_on("guest"), "strangers reach a module that any company has on"
    with scope.opened(other):
        registry.switch("guest", False, "user:x")
    with scope.opened():
        assert not bare.plugins.is_on("guest")
    registry.switch("guest", True, "user:x")
    assert bare.plugins.is_on("guest")
    assert [event.body["enabled"] for event in ledger.events_about("guest")] == [False, True]


@pytest.fixture
def pages(bare: House) -> Flask:
    """An app with a guest that has a page and a static file."""
    blueprint = Blueprint(
        "guest", __name__, url_prefix="/guest", static_folder=".", static_url_path="/static"
    )

    @blueprint.get("/")
    @allow(PUBLIC)
    def home() -> str:
        return "hello"

    bare.plugins.add("guest", plugin("guest", named("provide_blueprint", lambda: blueprint)))
    return create_app(bare)


def test_pages_and_assets_of_a_module_that_is_off_are_gone(pages: Flask, company: str) -> None:
    client = pages.test_client()

    def statuses() -> list[int]:
        found = []
        for url in urls:
            with client.get(url) as answer:
                found.append(answer.status_code)
        return found

    urls = ["/guest/", "/guest/static/test_plugins.py"]
    assert statuses() == [200, 200]
    registry.switch("guest", False, "user:x")
    assert statuses() == [404, 404]
    registry.switch("guest", True, "user:x")
    assert statuses() == [200, 200]
