"""Verify: is this invoice what it says? For the company, for anybody who holds it, for scripts."""

from __future__ import annotations

import click
from flask import Blueprint

from core.api import ROLES, Job, MenuEntry, Permission, Plugin, Setting, hookimpl
from plugins.verify import commands, service, views

PLUGIN = Plugin(
    name="verify",
    title="发票查验",
    summary="按号码、日期、金额或二维码核对发票真伪;客户不登录也能查验",
    needs=("werkzeug",),
    settings=(Setting("verify.public_per_minute", 30, "公开查验页每个地址每分钟最多查询几次"),),
    events={"verify.checked": "发票查验"},
)


@hookimpl
def provide_blueprint() -> Blueprint:
    return views.bp


@hookimpl
def provide_menu() -> list[MenuEntry]:
    return [MenuEntry("verify.index", "查验", "shield", views.CHECK, 50)]


@hookimpl
def provide_permissions() -> list[Permission]:
    return [Permission(views.CHECK, "查验发票", tuple(ROLES))]


@hookimpl
def provide_jobs() -> list[Job]:
    return [Job(service.RECHECK, service.recheck, "再次查验结果未明的发票")]


@hookimpl
def provide_commands() -> list[click.Command]:
    return [commands.verify]
