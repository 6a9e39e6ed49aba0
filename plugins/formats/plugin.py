"""Formats: what an invoice file says, whatever kind of file it is."""

from __future__ import annotations

from typing import Any

import click

from core.api import Plugin, hookimpl
from plugins.formats import commands, service

PLUGIN = Plugin(
    name="formats",
    title="版式文件",
    summary="读取数电票 XML、OFD、PDF 和图片:号码、日期、双方、金额、明细与签名",
    needs=("lxml", "pypdfium2", "zxing-cpp", "pillow"),
)


@hookimpl
def provide_commands() -> list[click.Command]:
    return [commands.read]


@hookimpl
def choose_facts(filename: str, content: bytes) -> dict[str, Any]:
    return service.facts_of(filename, content)
