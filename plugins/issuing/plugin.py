"""Issuing: the form, the list, the page of a document, and the rules of an invoice."""

from __future__ import annotations

import click
from flask import Blueprint

from core.api import (
    Actor,
    Event,
    Fault,
    Invoice,
    MenuEntry,
    Panel,
    Permission,
    Plugin,
    RuleSet,
    hookimpl,
    lazy,
)
from plugins.issuing import commands, demo, entry, known, panels, repeats, service
from plugins.issuing.rules import RULES

PLUGIN = Plugin(
    name="issuing",
    title=lazy("开票"),
    summary=lazy("开具数电发票:边填边算边查错,提交后一路跟到税局给出结果"),
    after=("bureau", "companies", "accounts"),
    listens=("invoice-queued",),
)

_ALL = ("owner", "admin", "finance", "sales", "viewer", "support")


@hookimpl
def provide_blueprint() -> Blueprint:
    return entry.blueprint


@hookimpl
def provide_rules() -> list[RuleSet]:
    return RULES


@hookimpl
def check_draft(draft: Invoice) -> list[Fault]:
    return repeats.warn(draft)


@hookimpl
def provide_menu() -> list[MenuEntry]:
    return [
        MenuEntry("issuing.new", lazy("新开发票"), "plus", "issuing.issue", 10),
        MenuEntry("issuing.index", lazy("开票"), "invoice", "issuing.view", 11),
    ]


@hookimpl
def provide_permissions() -> list[Permission]:
    return [
        Permission("issuing.view", lazy("查看发票"), _ALL),
        Permission("issuing.issue", lazy("开具发票"), ("owner", "admin", "finance", "sales")),
        Permission("issuing.decide", lazy("处理结果不明的发票"), ("owner", "admin", "finance")),
    ]


@hookimpl
def provide_panels() -> list[Panel]:
    return [
        Panel(f"issuing/panel_{name}.html", load, "issuing.view", order)
        for order, (name, load) in enumerate(panels.LOADS.items(), 10)
    ]


@hookimpl
def provide_commands() -> list[click.Command]:
    return commands.COMMANDS


@hookimpl
def prepare_draft(draft: Invoice, actor: Actor) -> Invoice:
    return service.with_short_names(draft)


@hookimpl
def on_event(event: Event) -> None:
    known.learn(event)


@hookimpl
def provide_demo() -> None:
    demo.furnish()
