"""Finds plugins, orders them, and calls their hooks by the policy of the hook's prefix."""

from __future__ import annotations

import graphlib
import importlib
import logging
import pkgutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from core import boot, hookspecs, registry, scope
from core.contributions import Actor, Plugin
from core.errors import AppError
from core.events import Event
from core.invoice import Invoice
from core.rules import Fault

log = logging.getLogger(__name__)

STRIKES = 3
"""So many failures in a row of hooks that only decorate, and the plugin is off until the next start."""


class Plugins:
    """The plugins of this process: who is present, who is allowed, who answers."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager("fapiao")
        self.manager.add_hookspecs(hookspecs)
        self.manifests: dict[str, Plugin] = {}
        self.folders: dict[str, Path] = {}
        self.quarantined: dict[str, str] = {}
        self._strikes: Counter[str] = Counter()
        self._order: list[str] = []
        self._lock = threading.Lock()

    def add(self, name: str, module: ModuleType) -> None:
        """Take a plugin's module in.

        :raise Exception: whatever is wrong with it; it is then not taken in.
        """
        manifest = module.PLUGIN
        if not isinstance(manifest, Plugin) or manifest.name != name:
            raise ValueError(f"{module.__name__}.PLUGIN must be a Plugin named {name!r}")
        self.manager.register(module, name)
        try:
            self.manager.check_pending()
        except pluggy.PluginValidationError:
            self.manager.unregister(name=name)
            raise
        self.manifests[name] = manifest
        self._order = []
        self.folders[name] = Path(str(module.__file__)).parent

    def quarantine(self, name: str, reason: str) -> None:
        """Leave a plugin out until the next start; its records stay readable."""
        log.error("plugin %s is off: %s", name, reason)
        self.quarantined[name] = reason

    def order(self) -> list[str]:
        """Names in calling order: after those they name, else by name."""
        if not self._order:
            self._order = self._sorted()
        return list(self._order)

    def _sorted(self) -> list[str]:
        graph = {
            name: [other for other in sorted(manifest.after) if other in self.manifests]
            for name, manifest in sorted(self.manifests.items())
        }
        return list(graphlib.TopologicalSorter(graph).static_order())

    def working(self) -> list[str]:
        """Names of the plugins that answer in this process, in calling order."""
        return [name for name in self.order() if name not in self.quarantined]

    def is_on(self, name: str) -> bool:
        """Whether a module answers for the scope's company; without a company, whether it does for any."""
        if name not in self.manifests or name in self.quarantined:
            return False
        manifest = self.manifests[name]
        if manifest.essential:
            return True
        if scope.company():
            return registry.switches().get(name, manifest.default_on)
        return self._on_anywhere(name, manifest.default_on)

    def _on_anywhere(self, name: str, default: bool) -> bool:
        found = registry.switch_counts(name)
        return found.on > 0 or (default and found.companies > found.off) or not found.companies

    def on(self) -> list[str]:
        """The modules that answer for the scope's company, in calling order."""
        chosen = registry.switches() if scope.company() else {}
        return [
            name for name in self.working()
            if self.manifests[name].essential or chosen.get(name, self.manifests[name].default_on)
        ]  # fmt: skip

    def implementations(self, hook: str, names: list[str]) -> Iterator[tuple[str, Callable[..., Any]]]:
        """The named plugins' implementations of a hook, in that order."""
        found = {impl.plugin_name: impl for impl in getattr(self.manager.hook, hook).get_hookimpls()}
        for name in names:
            if name in found:
                impl = found[name]
                yield name, lambda impl=impl, **values: impl.function(*(values[a] for a in impl.argnames))

    def provide(self, hook: str) -> list[tuple[str, Any]]:
        """`provide_`: every working plugin's contribution; one that fails is left out from here on."""
        given = []
        for name, call in list(self.implementations(hook, self.working())):
            ok, value = self.guarded(call)
            if ok:
                given.append((name, value))
            else:
                self.quarantine(name, f"{hook}: {value!r}")
        return given

    def fold(self, draft: Invoice, actor: Actor) -> Invoice:
        """`prepare_draft`: each plugin's answer is the next one's draft; a failure fails the request."""
        for _, call in self.implementations("prepare_draft", self.on()):
            draft = call(draft=draft, actor=actor) or draft
        return draft

    def check(self, draft: Invoice) -> list[Fault]:
        """`check_draft`: all faults; a check that fails refuses."""
        faults: list[Fault] = []
        for _, call in self.implementations("check_draft", self.on()):
            faults += call(draft=draft) or ()
        return faults

    def choose(self, hook: str, **values: Any) -> Any:
        """`choose_`: the first answer that is not None."""
        names = self.on() if scope.company() else self.working()
        for _, call in self.implementations(hook, names):
            answer = call(**values)
            if answer is not None:
                return answer
        return None

    def tell(self, name: str, event: Event) -> bool:
        """`on_event` of one plugin; False where it failed and wants to be told again."""
        for _, call in self.implementations("on_event", [name]):
            ok, error = self.guarded(call, event=event)
            if not ok:
                log.error("%s failed on event %s: %r", name, event.seq, error, exc_info=error)
            return ok
        return True

    def listeners(self) -> list[str]:
        """Working plugins that want to be told of events."""
        return [name for name, _ in self.implementations("on_event", self.working())]

    @staticmethod
    def guarded(call: Callable[..., Any], *args: Any, **values: Any) -> tuple[bool, Any]:
        """Call a plugin; `(True, answer)`, or `(False, what it raised)`: exits and bugs alike."""
        try:
            return True, call(*args, **values)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - this is the place that contains plugins
            return False, error

    def decorate(self, name: str, call: Callable[..., Any], *args: Any) -> tuple[bool, Any]:
        """A guarded call that may fail without harm; three failures in a row switch the plugin off.

        :raise AppError: a refusal on purpose is no failure and goes on to the page.
        """
        ok, value = self.guarded(call, *args)
        if not ok and isinstance(value, AppError):
            raise value
        with self._lock:
            self._strikes[name] = 0 if ok else self._strikes[name] + 1
            out = self._strikes[name] >= STRIKES
        if not ok:
            log.error("%s failed: %r", name, value, exc_info=value)
        if out and not self.manifests[name].essential:
            self.quarantine(name, f"failed {STRIKES} times in a row: {value!r}")
        return ok, value


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


def load(allowed: set[str] | None, journal: boot.Journal) -> Plugins:
    """Import and register every allowed plugin; one that cannot be is quarantined and named."""
    plugins = Plugins()
    names = {n: m for n, m in found_names().items() if allowed is None or n in allowed}
    doubtful = journal.suspects(names)
    for name, module in names.items():
        if name in doubtful:
            plugins.quarantine(name, doubtful[name])
            continue
        with journal.loading(name):
            ok, value = plugins.guarded(lambda n=name, m=module: plugins.add(n, importlib.import_module(m)))
        if not ok:
            plugins.quarantine(name, f"import: {value!r}")
    return plugins


_current: Plugins | None = None


def use(plugins: Plugins) -> None:
    """Make these the plugins of the process."""
    global _current
    _current = plugins


def current() -> Plugins:
    """The plugins of the process.

    :raise RuntimeError: the house is not open yet.
    """
    if _current is None:
        raise RuntimeError("no plugins are loaded yet")
    return _current


def commands_of(name: str, module: str) -> list[Any]:
    """The commands of one plugin, without opening a house; a plugin that fails brings none."""

    def brought() -> list[Any]:
        found = Plugins()
        found.add(name, importlib.import_module(module))
        return [command for _, given in found.provide("provide_commands") for command in given]

    ok, value = Plugins.guarded(brought)
    return list(value) if ok else []
