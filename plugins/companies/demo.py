"""The demo company's particulars: believable, and nobody's."""

from __future__ import annotations

from dataclasses import replace

from core.api import Actor, scope
from plugins.companies import service


def furnish() -> None:
    """Fill the demo company's profile."""
    wanted = replace(
        service.profile(), address="北京市海淀区云杉路 18 号 3 层 306 室", phone="010-62000188",
        bank="云杉银行北京海淀支行", account="1109 2600 0018 6688", drawer="王芳",
        email="invoice@demo.fapiao",
    )  # fmt: skip
    service.change(wanted, Actor("demo", "演示数据", scope().company, "owner"))
