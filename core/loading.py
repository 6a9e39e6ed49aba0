"""Finds the plugins that are present and takes them in: bundled ones first, doubtful ones not at all."""

from __future__ import annotations

import importlib
import pkgutil
import re
from importlib.metadata import entry_points
from typing import Any

from core import boot
from core.plugins import Plugins
from core.watch import Watch

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = frozenset({"core", "shell", "static", "worker"})


def found_names() -> dict[str, str]:
    """Every plugin present: name → module, from the `plugins` folder and from installed packages."""
    package = importlib.import_module("plugins")
    names = {
        module.name: f"plugins.{module.name}.plugin"
        for module in pkgutil.iter_modules(package.__path__)
        if module.ispkg
    }
    for point in entry_points(group="fapiao"):
        names.setdefault(point.name, point.value)
    return dict(sorted(names.items()))


def load(allowed: set[str] | None, journal: boot.Journal, watch: Watch | None = None) -> Plugins:
    """Import and register every allowed plugin; one that cannot be is quarantined and named."""
    plugins = Plugins(watch)
    names = {n: m for n, m in found_names().items() if allowed is None or n in allowed}
    doubtful = {name: "no name for a plugin" for name in names if not _NAME.fullmatch(name) or name in _TAKEN}
    doubtful |= plugins.watch.off() | journal.suspects({n: m for n, m in names.items() if n not in doubtful})
    plugins.bundled = {name for name, module in names.items() if module.startswith("plugins.")}
    for name, module in sorted(names.items(), key=lambda item: item[0] not in plugins.bundled):
        if name in doubtful:
            plugins.quarantine(name, doubtful[name])
            continue
        ok, value = plugins.held(
            name, "import", lambda n=name, m=module: plugins.add(n, importlib.import_module(m))
        )
        if not ok:
            plugins.drop(name)
            plugins.quarantine(name, f"import: {value!r}")
    return plugins


def commands_of(name: str, module: str) -> list[Any]:
    """The commands of one plugin, without opening a house; a plugin that fails brings none."""

    def brought() -> list[Any]:
        found = Plugins()
        found.add(name, importlib.import_module(module))
        return [command for _, given in found.provide("provide_commands") for command in given]

    ok, value = Plugins.guarded(brought)
    return list(value) if ok else []
