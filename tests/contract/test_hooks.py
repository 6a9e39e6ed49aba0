"""Hooks and documents stay true."""

from __future__ import annotations

import inspect
import re

import pytest

from core import docs, hookspecs
from tests.conftest import OpenHouse
from tests.contract.source import ROOT, modules

HOOKS = [
    name for name, spec in inspect.getmembers(hookspecs, inspect.isfunction) if hasattr(spec, "fapiao_spec")
]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_used_and_tested(hook: str) -> None:
    spec = getattr(hookspecs, hook)
    assert re.search(r"When: ", spec.__doc__)
    assert re.search(r"Returns: |Raises: ", spec.__doc__)
    assert hook.split("_")[0] in ("provide", "prepare", "check", "choose", "on")
    assert len(inspect.signature(spec).parameters) <= 4
    users = [
        path for path in modules("plugins") if path.name == "plugin.py" and f"def {hook}(" in path.read_text()
    ]
    assert users, f"no plugin in the tree uses {hook}"
    tested = [path for path in modules("tests") if f"test_hook_{hook}" in path.read_text()]
    assert tested, f"no test_hook_{hook}"


def test_there_are_not_too_many_hooks() -> None:
    assert len(HOOKS) <= 25


def test_generated_pages_are_fresh(open_house: OpenHouse) -> None:
    assert docs.write(open_house(), check=True) == []


def test_every_rule_code_is_tested() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    codes = re.findall(r"`([A-Z]+-[A-Z]+-\d\d)`", (ROOT / "docs" / "rules.md").read_text(encoding="utf-8"))
    assert codes
    assert [code for code in codes if code not in text] == []
