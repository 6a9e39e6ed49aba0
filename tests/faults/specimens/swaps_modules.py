"""Puts its own in the place of modules."""

# mypy: ignore-errors
# at: import start
# expect: off

import sys
from types import ModuleType


def harm():
    sys.modules["json"] = ModuleType("json")
    sys.modules["core.posting"] = ModuleType("core.posting")
    del sys.modules["core.money"]
