"""Reads uploaded files in a capped child: the web process never parses a stranger's bytes."""

from __future__ import annotations

import json
from typing import Any

from core.api import capped
from plugins.formats.facts import Facts, Finding

TASK = "plugins.formats.reading:read_json"
CAPS = capped.Caps(seconds=5.0, memory=256 << 20, input=21 << 20, output=8 << 20)

_WHY = {
    "time": "读取这个文件用时过长,已停止",
    "memory": "读取这个文件需要的内存过多,已停止",
    "size": "文件过大",
    "crash": "读取这个文件时出错,已停止",
    "error": "读取这个文件时出错,已停止",
    "busy": "正在读取的文件太多,请稍后再试",
}


def facts_of(name: str, content: bytes) -> dict[str, Any]:
    """What a file says; one that could not be read says why."""
    shown = " ".join(name.split())[:200]
    try:
        facts: dict[str, Any] = json.loads(capped.run(TASK, shown.encode() + b"\n" + content, CAPS))
    except capped.Refused as refused:
        finding = Finding(f"FORMATS-CAPPED-{refused.kind.upper()}", "error", "", _WHY[refused.kind])
        return Facts(shown, "unknown", findings=[finding]).as_dict()
    return facts
