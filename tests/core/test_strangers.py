"""Plugins that are not bundled: what they may not bring, and what their mistakes cost everybody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Blueprint

from core import clock, db, posting, scope
from core.app import create_app
from core.contributions import (
    PUBLIC,
    Actor,
    Job,
    MenuEntry,
    Panel,
    Permission,
    Plugin,
    Renderer,
    Visitor,
    fits,
    refusal,
)
from core.errors import Unavailable
from core.events import Event
from core.hookspecs import hookimpl
from core.house import House
from core.invoice import Invoice
from core.rules import RuleSet
from core.security import allow
from core.settings import Setting
from tests.conftest import OpenHouse
from tests.factories import draft
from tests.puppet import PuppetChannel


def stranger(name: str = "guest", manifest: Plugin | None = None, **hooks: Callable[..., Any]) -> ModuleType:
    """A plugin from a package of its own."""
    module = ModuleType(f"{name}_package.plugin")
    module.__file__ = __file__
    module.PLUGIN = manifest or Plugin(name, name, "")  # type: ignore[attr-defined]
    for hook, call in hooks.items():
        call.__name__ = hook
        setattr(module, hook, hookimpl(call))
    return module


def bringing(hook: str, call: Callable[..., Any]) -> ModuleType:
    """A stranger with one hook."""
    module = stranger()
    call.__name__ = hook
    setattr(module, hook, hookimpl(call))
    return module


MANIFESTS = {
    "odd types": Plugin("guest", None, 3),  # type: ignore[arg-type]
    "after itself": Plugin("guest", "", "", after=("guest",)),
    "a float": Plugin("guest", "", "", settings=(Setting("guest.x", 0.5, ""),)),  # type: ignore[arg-type]
    "the host's setting": Plugin("guest", "", "", settings=(Setting("host", "0.0.0.0", ""),)),
    "core's event": Plugin("guest", "", "", events={"invoice-issued": "x"}),
}


@pytest.mark.parametrize("why", sorted(MANIFESTS))
def test_a_manifest_that_would_stop_the_start_is_refused(bare: House, why: str) -> None:
    with pytest.raises(ValueError):
        bare.plugins.add("guest", stranger(manifest=MANIFESTS[why]))
    assert bare.plugins.order() == []


def test_only_a_bundled_plugin_is_essential(bare: House) -> None:
    bare.plugins.add("guest", stranger(manifest=Plugin("guest", "", "", essential=True)))
    assert not bare.plugins.manifests["guest"].essential


def test_strangers_come_after_the_bundled_ones(bare: House) -> None:
    bare.plugins.add("aaa", stranger("aaa"))
    ours = stranger("zzz")
    ours.__name__ = "plugins.zzz.plugin"
    bare.plugins.add("zzz", ours)
    assert bare.plugins.order() == ["zzz", "aaa"]


REFUSED: list[tuple[str, Any]] = [
    ("provide_menu", [MenuEntry("a", "b", "c", PUBLIC, order="first")]),  # type: ignore[arg-type]
    ("provide_menu", [MenuEntry("shell.home", "b", "home", PUBLIC)] * 1001),
    ("provide_panels", [Panel("x.html", "no function", PUBLIC)]),  # type: ignore[arg-type]
    ("provide_jobs", [Job("core.send", print)]),
    ("provide_jobs", 42),
    ("provide_permissions", [Permission("modules.switch", "x", ("viewer",))]),
    ("provide_rules", [RuleSet("issuing-parties", "", since=None)]),  # type: ignore[arg-type]
    ("provide_channel", PuppetChannel()),
    ("provide_channel", object()),
    ("provide_renderers", iter(())),
]


@pytest.mark.parametrize(("hook", "given"), REFUSED, ids=lambda it: it if isinstance(it, str) else "")
def test_what_is_of_another_type_or_anothers_name_costs_the_plugin(
    bare: House, hook: str, given: Any
) -> None:
    bare.plugins.add("guest", bringing(hook, lambda: given))
    assert bare.plugins.provide(hook) == []
    assert hook in bare.plugins.quarantined["guest"]


def test_nothing_is_an_answer_too(bare: House) -> None:
    bare.plugins.add("guest", stranger(provide_menu=lambda: None))
    assert bare.plugins.provide("provide_menu") == []
    assert bare.plugins.quarantined == {}


def test_types_are_checked_down_to_the_fields() -> None:
    assert fits(draft(), Invoice)
    bad = replace(draft().lines[0], price=0.1)  # type: ignore[arg-type]
    assert not fits(replace(draft(), lines=(bad,)), Invoice)
    assert fits(None, int | None)
    assert not fits(True, int)
    assert refusal("guest", "provide_jobs", [Job("guest.work", print)]) == ""


def pages(**given: Any) -> Blueprint:
    return Blueprint("guest", __name__, **{"url_prefix": "/guest", **given})


@allow(PUBLIC)
def view() -> str:
    return "guest"


def shadow(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/healthz", "page", view)


def hook_in(blueprint: Blueprint) -> None:
    blueprint.before_app_request(lambda: ("guest", 500))


def replace_view(blueprint: Blueprint) -> None:
    blueprint.record(lambda state: state.app.view_functions.update({"shell.healthz": view}))


@pytest.mark.parametrize(
    ("given", "do"),
    [({"url_prefix": ""}, shadow), ({}, hook_in), ({}, replace_view), ({"static_folder": "/etc"}, shadow)],
)
def test_pages_that_reach_for_others_are_left_out(
    bare: House, given: dict[str, Any], do: Callable[[Blueprint], None]
) -> None:
    blueprint = pages(**given)
    do(blueprint)
    bare.plugins.add("guest", stranger(provide_blueprint=lambda: blueprint))
    client = create_app(bare).test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    assert "cannot be registered" in bare.plugins.quarantined["guest"]


def test_templates_lie_in_a_folder_of_the_plugins_name(bare: House, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.html").write_text("guest")
    bare.plugins.add(
        "guest", stranger(provide_blueprint=lambda: pages(template_folder=tmp_path / "templates"))
    )
    bare.plugins.folders["guest"] = tmp_path
    create_app(bare)
    assert "named 'guest'" in bare.plugins.quarantined["guest"]


def test_a_menu_entry_that_needs_more_than_a_name_is_not_shown(bare: House) -> None:
    entry = MenuEntry("shell.receipt", "x", "home", PUBLIC)
    bare.plugins.add("guest", stranger(provide_menu=lambda: [entry]))
    assert create_app(bare).test_client().get("/healthz").status_code == 200
    assert ("guest", entry) not in bare.menu({"shell.home"})


def test_who_cannot_say_who_is_there_has_said_nothing(bare: House) -> None:
    bare.plugins.add("a", stranger("a", choose_visitor=lambda: 1 / 0))
    bare.plugins.add("b", stranger("b", choose_visitor=lambda: "root"))
    bare.plugins.add("c", stranger("c", choose_visitor=lambda: Visitor("u", "Zhang")))
    with scope.opened():
        for _ in range(3):
            assert bare.plugins.choose("choose_visitor") == Visitor("u", "Zhang")
    assert set(bare.plugins.quarantined) == {"a", "b"}


@pytest.mark.parametrize("hook", ["prepare_draft", "check_draft"])
@pytest.mark.parametrize("answer", [["x"], {"lines": []}, 42])
def test_an_answer_of_another_type_refuses_in_the_plugins_name(
    channel: PuppetChannel, bare: House, actor: Actor, hook: str, answer: Any
) -> None:
    bare.plugins.add("guest", bringing(hook, lambda draft: answer))
    with pytest.raises(Unavailable) as refused:
        posting.post(draft(), "k", actor)
    assert refused.value.params == {"title": "guest", "name": "guest"}


def test_a_rule_that_fails_refuses_in_the_plugins_name(
    channel: PuppetChannel, bare: House, actor: Actor
) -> None:
    rules = RuleSet("guest-rules", "", since=clock.today())

    @rules.rule("GUEST-X-01", "x", remedy="")
    def broken(invoice: Invoice) -> list[Any]:
        raise RuntimeError("a bug")

    bare.plugins.add("guest", stranger())
    posting.furnish([rules], [channel], {rules.name: "guest"})
    with pytest.raises(Unavailable) as refused:
        posting.post(draft(), "k", actor)
    assert refused.value.params["name"] == "guest"


def test_who_ends_the_feeds_transaction_holds_up_nobody_else(bare: House, company: str) -> None:
    told: list[int] = []

    def end(event: Event) -> None:
        db.guarded.connection().rollback()

    bare.plugins.add("a", stranger("a", on_event=end))
    bare.plugins.add("b", stranger("b", on_event=lambda event: told.append(event.seq)))
    with scope.closed():
        bare.runner().feed_once()
    assert told == [1]


def test_a_format_that_is_drawn_already_costs_the_second(open_house: OpenHouse) -> None:
    house = open_house("templates")
    mine = Renderer("pdf", "application/pdf", "1", lambda document: b"")
    house.plugins.add("guest", stranger(provide_renderers=lambda: [mine]))
    house._furnish()
    assert house.renderers["pdf"][0] == "templates"
    assert "guest" in house.plugins.quarantined


def test_a_panel_that_cannot_be_drawn_costs_the_page_nothing(bare: House, company: str) -> None:
    panel = Panel("no/such.html", dict, PUBLIC)
    bare.plugins.add("guest", stranger(
        provide_panels=lambda: [panel],
        choose_visitor=lambda: Visitor("u", "Zhang"),
        choose_actor=lambda visitor: Actor("u", "Zhang", company, "owner", {company: "owner"}),
    ))  # fmt: skip
    client = create_app(bare).test_client()
    with scope.closed():
        assert [client.get("/").status_code for _ in range(3)] == [200] * 3
    assert "no/such.html" in bare.plugins.quarantined["guest"]


def test_a_migration_that_fails_costs_its_plugin(bare: House, tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_x.py").write_text("def up(schema):\n    1 / 0\n")
    bare.plugins.add("guest", stranger())
    bare.plugins.folders["guest"] = tmp_path
    bare._open_database()
    assert "migration" in bare.plugins.quarantined["guest"]
