"""Orders plugins and calls their hooks by the policy of the hook's prefix; what they do is contained here."""

from __future__ import annotations

import graphlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from core import hookspecs, registry, scope
from core.contributions import Actor, Plugin, Visitor, fits, refusal
from core.errors import AppError, Unavailable
from core.events import Event
from core.invoice import Invoice
from core.keeper import Keeper
from core.rules import Fault
from core.watch import Watch

log = logging.getLogger(__name__)

_CHOSEN = {"choose_visitor": Visitor, "choose_actor": Actor, "choose_facts": dict}


class Plugins(Keeper):
    """The plugins of this process: who is present, who is allowed, who answers."""

    def __init__(self, watch: Watch | None = None) -> None:
        super().__init__(watch)
        self.manager = pluggy.PluginManager("fapiao")
        self.manager.add_hookspecs(hookspecs)
        self.folders: dict[str, Path] = {}
        self._order: list[str] = []

    def add(self, name: str, module: ModuleType) -> None:
        """Take a plugin's module in.

        :raise Exception: whatever is wrong with it; it is then not taken in.
        """
        manifest, ours = module.PLUGIN, module.__name__.startswith("plugins.")
        if not fits(manifest, Plugin) or manifest.name != name:
            raise ValueError(f"{module.__name__}.PLUGIN must be a Plugin named {name!r}, fields of its types")
        named = [*(setting.name for setting in manifest.settings), *manifest.events]
        if any(not thing.startswith(f"{name}.") for thing in named):
            raise ValueError(f"its settings and events are named {name}.…")
        self.manager.register(module, name)
        try:
            self.manager.check_pending()
            self.manifests[name] = manifest if ours else replace(manifest, essential=False)
            self.bundled |= {name} if ours else set()
            self._order = self._sorted()
        except (pluggy.PluginValidationError, graphlib.CycleError):
            self.manager.unregister(name=name)
            self.manifests.pop(name, None)
            raise
        self.folders[name] = Path(str(module.__file__)).parent

    def drop(self, name: str) -> None:
        """Forget a plugin that meddled while it was taken in."""
        if self.manifests.pop(name, None):
            self.manager.unregister(name=name)
            self._order = []

    def order(self) -> list[str]:
        """Names in calling order: after those they name, else by name."""
        if not self._order:
            self._order = self._sorted()
        return list(self._order)

    def _sorted(self) -> list[str]:
        # Those of others come after the bundled ones: what is theirs cannot take the place of what is ours.
        graph = {
            name: [
                other for other in sorted(self.manifests)
                if other in manifest.after or (other in self.bundled and name not in self.bundled)
            ]
            for name, manifest in sorted(self.manifests.items())
        }  # fmt: skip
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
        """`provide_`: every working plugin's contribution; one that fails, or brings something else than the
        hook asks for, is left out from here on."""
        given = []
        for name, call in list(self.implementations(hook, self.working())):
            ok, value = self.held(name, "start", call, subject=hook)
            problem = repr(value) if not ok else "" if value is None else refusal(name, hook, value)
            if problem:
                self.quarantine(name, f"{hook}: {problem}")
            elif value is not None:
                given.append((name, value))
        return given

    def fold(self, draft: Invoice, actor: Actor) -> Invoice:
        """`prepare_draft`: each plugin's answer is the next one's draft; a failure refuses the request."""
        for name, call in self.implementations("prepare_draft", self.on()):
            kind = Invoice | None if name not in self.bundled else Any
            draft = self.decide(name, "prepare_draft", kind, call, draft=draft, actor=actor) or draft
        return draft

    def check(self, draft: Invoice) -> list[Fault]:
        """`check_draft`: all faults; a check that fails refuses."""
        faults: list[Fault] = []
        for name, call in self.implementations("check_draft", self.on()):
            faults += self.decide(name, "check_draft", list[Fault] | None, call, draft=draft) or ()
        return faults

    def decide(
        self, name: str, place: str, kind: Any, call: Callable[..., Any], *args: Any, **values: Any
    ) -> Any:
        """A call whose answer decides: without a sound answer there is no invoice.

        :raise Unavailable: it failed; a person switches the module off, or nothing is issued.
        """
        subject = getattr(values.get("draft"), "source_ref", "")
        ok, answer = self.held(name, place, call, *args, subject=subject, **values)
        if not ok and isinstance(answer, AppError):
            raise answer
        if not ok or not fits(answer, kind):
            log.error("%s failed in %s: %r", name, place, answer, exc_info=None if ok else answer)
            title = str(self.manifests[name].title) if name in self.manifests else name
            text = "模块“%(title)s”(%(name)s)核对发票时出错,所以没有开具;管理员可以在“模块”页面停用它"
            raise Unavailable(text, title=title, name=name) from (None if ok else answer)
        return answer

    def choose(self, hook: str, **values: Any) -> Any:
        """`choose_`: the first answer that is not None; who fails has said nothing."""
        names = self.on() if scope.company() else self.working()
        for name, call in self.implementations(hook, names):
            ok, answer = self.held(name, hook, call, **values)
            if not ok and isinstance(answer, AppError):
                raise answer
            if ok and answer is not None and not fits(answer, _CHOSEN.get(hook, Any)):
                ok, answer = False, TypeError(f"{hook} answers {answer!r:.100}")
            self._strike(name, hook, ok, answer)
            if ok and answer is not None:
                return answer
        return None

    def tell(self, name: str, event: Event) -> bool:
        """`on_event` of one plugin; False where it failed and wants to be told again."""
        for _, call in self.implementations("on_event", [name]):
            ok, error = self.held(name, "event", call, subject=f"{scope.company()} {event.seq}", event=event)
            if not ok:
                log.error("%s failed on event %s: %r", name, event.seq, error, exc_info=error)
            return ok
        return True

    def listeners(self) -> list[str]:
        """Working plugins that want to be told of events."""
        return [name for name, _ in self.implementations("on_event", self.working())]


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
