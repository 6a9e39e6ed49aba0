"""Who may import whom. Imports inside functions count."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.contract.source import ROOT, imports, modules, name, tree

RANKS = [
    {"errors", "money", "clock", "merkle", "rules", "i18n", "htmx", "leash", "syscalls"},
    {"rng", "net", "settings", "events", "invoice", "qr", "scope", "disk", "walls"},
    {"channels", "taxpayer", "forms", "sqlite", "storage", "kitchen", "probe"},
    {"states", "schema", "db", "boot", "instance", "watch"},
    {"documents", "ledger", "tasks", "histories", "guard"},
    {"contributions", "registry", "checkpoints", "strays", "snapshots", "audit"},
    {"hookspecs", "companions", "soundness", "capped", "keeper"},
    {"plugins"},
    {"posting", "public", "security", "health", "intake", "loading", "pages"},
    {"sending", "decisions", "shell", "reopening"},
    {"jobs"},
    {"house"},
    {"api", "app", "demo", "work", "invocation"},
    {"docs", "server", "upkeep"},
    {"cli"},
]
RANK = {module: rank for rank, group in enumerate(RANKS) for module in group}
PURE = {
    "errors",
    "money",
    "merkle",
    "rules",
    "settings",
    "events",
    "invoice",
    "qr",
    "channels",
    "states",
    "scope",
}
SEES_ALL_COMPANIES = {
    "db",
    "registry",
    "tasks",
    "sending",
    "jobs",
    "house",
    "shell",
    "public",
    "schema",
    "cli",
    "reopening",
    "snapshots",
    "health",
    "upkeep",
}
"""Modules that reach every company's rows, through `db.system`: each is a place to look at in review."""

CORE = sorted(path for path in modules("core") if path.stem != "__init__")
PLUGINS = sorted(path for path in modules("plugins") if path.parent.name != "plugins")


def core_imports(path: Path) -> set[str]:
    found = set()
    for imported in imports(path):
        parts = imported.split(".")
        if parts[0] == "core" and len(parts) > 1:
            found.add(parts[1])
    return found & set(RANK)


@pytest.mark.parametrize("path", CORE, ids=name)
def test_core_imports_only_lower_ranks(path: Path) -> None:
    assert path.stem in RANK, f"{path.stem} is a new core module: give it a rank, which is a decision"
    higher = {other for other in core_imports(path) if RANK[other] >= RANK[path.stem]}
    # The specification of hooks names types of higher ranks for type checkers only.
    assert not higher - ({"contributions"} if path.stem == "hookspecs" else set())


@pytest.mark.parametrize("module", sorted(PURE))
def test_the_domain_needs_only_the_standard_library(module: str) -> None:
    roots = {imported.split(".")[0] for imported in imports(ROOT / "core" / f"{module}.py")}
    assert roots <= {*sys.stdlib_module_names, "core"}


@pytest.mark.parametrize("path", CORE, ids=name)
def test_core_knows_no_plugin(path: Path) -> None:
    assert not [imported for imported in imports(path) if imported.startswith("plugins.")]


@pytest.mark.parametrize("path", CORE, ids=name)
def test_only_listed_modules_see_every_company(path: Path) -> None:
    reaches = any(
        isinstance(node, ast.Attribute) and node.attr == "system" and isinstance(node.value, ast.Name)
        and node.value.id == "db" for node in ast.walk(tree(path))
    )  # fmt: skip
    assert not reaches or path.stem in SEES_ALL_COMPANIES


PACKAGES = {module: {p.lower() for p in names} for module, names in packages_distributions().items()}


def declared_needs(plugin: str) -> set[str]:
    for node in ast.walk(tree(ROOT / "plugins" / plugin / "plugin.py")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Plugin":
            for keyword in node.keywords:
                if keyword.arg == "needs":
                    return set(ast.literal_eval(keyword.value))
    return set()


@pytest.mark.parametrize("path", PLUGINS, ids=name)
def test_a_plugin_imports_the_api_its_needs_and_itself(path: Path) -> None:
    plugin = path.relative_to(ROOT / "plugins").parts[0]
    allowed = {*sys.stdlib_module_names, "flask", "peewee", "click", *declared_needs(plugin)}
    for imported in imports(path):
        root = imported.split(".")[0]
        if root == "core":
            assert imported.startswith("core.api"), f"{name(path)} imports {imported}"
        elif root == "plugins":
            assert imported.startswith(f"plugins.{plugin}."), f"{name(path)} imports {imported}"
        else:
            known = {root, *PACKAGES.get(root, ())}
            assert known & allowed, f"{name(path)} imports {root}, which its manifest does not name"
