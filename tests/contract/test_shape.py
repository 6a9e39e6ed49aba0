"""Budgets and the shape of the tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from core import api
from tests.contract.source import ROOT, code_lines, functions, modules, name, tree

EVERY = modules("core", "plugins", "benchmarks")
PLUGINS = sorted(path.parent for path in (ROOT / "plugins").glob("*/plugin.py"))
VAGUE = {"utils", "helpers", "common", "misc", "base", "models", "manager"}
README_HEADINGS = ["Purpose", "Turn on", "Hooks", "Events", "Settings", "Not covered"]


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_a_file_is_short_and_named_after_what_it_knows(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert path.stem not in VAGUE


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_a_function_is_short_and_typed(path: Path) -> None:
    for function in functions(path):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        length -= len((ast.get_docstring(function, clean=False) or "").splitlines())
        nested = sum(isinstance(inner, ast.FunctionDef) for inner in ast.walk(function)) - 1
        limit = 40 if not nested else 60
        assert length <= limit, f"{function.name} is {length} lines"
        assert function.returns is not None, f"{function.name} says not what it returns"


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_a_file_says_what_it_knows(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or path.name == "__init__.py"


@pytest.mark.parametrize("path", modules("core"), ids=name)
def test_public_things_of_core_are_documented(path: Path) -> None:
    for node in tree(path).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_core_stays_small() -> None:
    assert sum(code_lines(path) for path in modules("core")) <= 7_200


def test_the_api_stays_small() -> None:
    assert len(api.__all__) <= 64


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_has_its_readme_and_texts(folder: Path) -> None:
    readme = (folder / "README.md").read_text(encoding="utf-8")
    headings = [line[3:].strip() for line in readme.splitlines() if line.startswith("## ")]
    assert headings == README_HEADINGS
    assert (folder / "data" / "en.po").exists()
    assert not [path for path in folder.rglob("plugin.py") if path.parent != folder], "no sub-packages"


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_manifest_file_only_wires(folder: Path) -> None:
    path = folder / "plugin.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 110
    for function in functions(path):
        body = [
            node
            for node in function.body
            if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant)
        ]
        length = sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in body)
        assert length <= 12, f"{function.name} does work of its own"
