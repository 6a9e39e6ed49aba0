"""The company's own particulars, which every invoice of it bears."""

from __future__ import annotations

from flask import Blueprint

from core.api import ROLES, Actor, Invoice, MenuEntry, Permission, Plugin, hookimpl
from plugins.companies import demo, service, views

PLUGIN = Plugin(
    name="companies",
    title="公司资料",
    summary="开票用的公司名称、税号、地址电话、开户行和默认开票人,每次修改都有记录",
    essential=True,
)


@hookimpl
def provide_blueprint() -> Blueprint:
    return views.bp


@hookimpl
def provide_permissions() -> list[Permission]:
    return [
        Permission("companies.view", "查看公司资料", tuple(ROLES)),
        Permission("companies.edit", "修改公司资料", ("owner", "admin")),
    ]


@hookimpl
def provide_menu() -> list[MenuEntry]:
    return [MenuEntry("companies.show", "公司资料", "building", "companies.view", 75)]


@hookimpl
def provide_demo() -> None:
    demo.furnish()


@hookimpl
def prepare_draft(draft: Invoice, actor: Actor) -> Invoice:
    return service.prepare(draft, actor)
