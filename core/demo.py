"""The demo company: made once, filled by every plugin, its history issued through the real path."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

from core import plugins, registry, scope, storage, taxpayer
from core.house import House

NAME = "北京云杉办公用品有限公司"
_MARK = "demo.json"


def furnish(house: House) -> None:
    """Make the demo company and have every plugin bring its share, unless that was done before.

    A run that was broken off is taken up where its plugins left off: each brings its share once.
    """
    if not house.demo:
        return
    mark = house.folder.root / _MARK
    done: dict[str, Any] = json.loads(mark.read_text()) if mark.exists() else {"company": "", "plugins": []}
    if not done["company"]:
        done["company"] = registry.create_company(NAME, taxpayer.invent("110108"), "11")
        storage.replace_durably(mark, json.dumps(done).encode())
    with scope.opened(done["company"]), ExitStack() as afterwards:
        for name, call in house.plugins.implementations("provide_demo", house.plugins.order()):
            if name not in done["plugins"]:
                put_back = call()
                if put_back:
                    afterwards.callback(put_back)
                done["plugins"].append(name)
                storage.replace_durably(mark, json.dumps(done).encode())


def log_ins(house: House) -> list[str]:
    """What the server prints about the demo's users; nothing outside demo mode."""
    if not house.demo:
        return []
    return [line for _, given in plugins.current().provide("provide_demo_notice") for line in given]
