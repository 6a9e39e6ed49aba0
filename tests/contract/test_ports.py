"""Time, chance, network and files are reached through their ports only; bugs are caught in three places."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.contract.source import ROOT, imports, modules, name, tree

EVERY = modules("core", "plugins")
PORTS = {
    "time": {"core/clock.py"},
    "random": {"core/rng.py"},
    "secrets": {"core/rng.py"},
    "socket": {
        "core/net.py",
        "core/server.py",
        "core/capped.py",
        "core/kitchen.py",
        "core/probe.py",
        "core/guard.py",
    },
    "http": {"core/net.py"},
    "smtplib": {"core/net.py"},
    "ssl": {"core/net.py"},
    "urllib": {"core/net.py", "core/htmx.py"},
    "requests": set(),
    "httpx": set(),
    "subprocess": {"core/boot.py", "core/companions.py", "core/capped.py"},
    "pickle": set(),
    "sqlite3": {"core/sqlite.py", "core/soundness.py"},
}
URL_TEXT_ONLY = {"urllib.parse"}
CLOCK_CALLS = {"now", "utcnow", "today"}
DRAWN = ("plugins/bureau/", "plugins/templates/", "plugins/formats/")
"""Where places on a page, and the simulated bureau's clock, are floats."""
CATCHES_ALL = {"core/keeper.py", "core/app.py", "core/kitchen.py"}
"""`Keeper.guarded` (which jobs use too), the handler of status 500, and the end of a capped child."""


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_ports_are_the_only_way(path: Path) -> None:
    for imported in imports(path):
        root = imported.split(".")[0]
        if root in PORTS and not any(imported.startswith(text) for text in URL_TEXT_ONLY):
            assert name(path) in PORTS[root], f"{name(path)} imports {imported}"


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_nobody_reads_the_clock_but_the_clock(path: Path) -> None:
    if name(path) == "core/clock.py":
        return
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CLOCK_CALLS
        ):
            owner = ast.unparse(node.func.value)
            assert owner not in ("datetime", "date", "datetime.datetime", "datetime.date"), (
                f"{name(path)}:{node.lineno}"
            )


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_all_is_caught_in_two_places_only(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            blind = not caught or {"Exception", "BaseException"} & set(
                caught.replace("(", "").replace(")", "").split(", ")
            )
            assert not blind or name(path) in CATCHES_ALL, f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", modules("core", "plugins"), ids=name)
def test_money_is_never_a_float(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            timely = "due" in ast.unparse(node) or "seconds" in ast.unparse(node)
            assert timely or name(path).startswith(DRAWN), f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", modules("plugins"), ids=name)
def test_plugins_leave_arithmetic_on_money_to_core(path: Path) -> None:
    if path.relative_to(ROOT / "plugins").parts[0] in ("bureau", "formats"):
        return  # the simulated bureau checks our sums with its own; places on a page are no money
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "round", f"{name(path)}:{node.lineno}"
        if isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and node.right.value == 100:
            assert not isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)), f"{name(path)}:{node.lineno}"
