"""Files from outside: the plugin that can read one says what is in it, in a capped child of its own."""

from __future__ import annotations

from typing import Any

from core import plugins
from core.errors import Unavailable


def read_document(name: str, content: bytes) -> dict[str, Any]:
    """What an invoice file says: the object that `fapiao read --json` prints.

    :param name: as the sender calls it; shown, never believed.
    :raise Unavailable: no module that reads files is on.
    """
    found = plugins.current().choose("choose_facts", filename=name, content=content)
    if found is None:
        raise Unavailable("没有可以读取发票文件的模块:请管理员启用“版式文件”")
    facts: dict[str, Any] = found
    return facts
