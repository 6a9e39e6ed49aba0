"""The SIMULATED tax bureau: a process of its own, the channel to it, and faults on demand."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint

from core.api import Companion, MenuEntry, Permission, Plugin, Setting, channels, hookimpl
from plugins.bureau import service, views

PLUGIN = Plugin(
    name="bureau",
    title="模拟税局",
    summary="模拟的税务机关:开具样票、答复查询,并能按需要出故障;它开出的都不是发票",
    needs=("waitress", "lxml"),
    settings=(
        Setting("bureau.url", "http://127.0.0.1:8001", "模拟税局的地址"),
        Setting("bureau.delay_ms", 800, "受理之后多少毫秒开出样票"),
        Setting("bureau.settle_seconds", 20, "结果不明的请求最晚在多少秒内仍可能生效"),
        Setting("bureau.callback", True, "是否让模拟税局回调通知结果"),
        Setting("bureau.register", True, "是否自动把企业登记到模拟税局"),
        Setting("bureau.idempotent", True, "同一流水号是否只开一张;关闭则像不可靠的服务商,结果不明的转人工"),
    ),
    events={"bureau.disturbed": "模拟故障变更"},
)


@hookimpl
def provide_blueprint() -> Blueprint:
    return views.bp


@hookimpl
def provide_channel() -> channels.Channel:
    return service.channel()


@hookimpl
def provide_companions() -> list[Companion]:
    return service.companions()


@hookimpl
def provide_permissions() -> list[Permission]:
    return [Permission("bureau.faults", "操作模拟税局的故障", ("owner", "admin"))]


@hookimpl
def provide_demo() -> Callable[[], None]:
    return service.look_back()


@hookimpl
def provide_menu() -> list[MenuEntry]:
    return [MenuEntry("bureau.show", "模拟税局", "bank", "bureau.faults", order=90)]
