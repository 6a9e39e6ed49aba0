"""Writes docs/ from signatures, docstrings, manifests and rules; `check` finds stale pages."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator

from core import api, events, hookspecs, posting
from core.house import CODE, House

_NOTE = "<!-- Written by `fapiao docs`; change the code instead. -->"


def write(house: House, *, check: bool) -> list[str]:
    """Write every generated page, or only compare; the names of those that differ."""
    stale = []
    for name, make in PAGES.items():
        path, text = CODE / "docs" / name, f"{_NOTE}\n" + "\n".join(make(house)).rstrip() + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return stale


def _hooks(_house: House) -> Iterator[str]:
    yield "# Hooks\n\nThe prefix is the calling policy; see `architecture.md`.\n"
    for name, hook in inspect.getmembers(hookspecs, inspect.isfunction):
        if hasattr(hook, "fapiao_spec"):
            yield f"## {name}{inspect.signature(hook)}\n\n{inspect.getdoc(hook)}\n"


def _events(house: House) -> Iterator[str]:
    yield "# Events\n\n| kind | Chinese title | from |\n| --- | --- | --- |"
    yield from (f"| `{kind}` | {title} | core |" for kind, title in sorted(events.KINDS.items()))
    for name in house.plugins.order():
        for kind, title in sorted(house.plugins.manifests[name].events.items()):
            yield f"| `{kind}` | {title} | {name} |"


def _rules(_house: House) -> Iterator[str]:
    yield "# Rules"
    for rules in posting.rule_sets():
        until = f" until {rules.until}" if rules.until else ""
        yield f"\n## {rules.name} (since {rules.since}{until})\n"
        yield "| code | severity | what is wrong | remedy | source |"
        yield "| --- | --- | --- | --- | --- |"
        for rule in rules.rules:
            yield f"| `{rule.code}` | {rule.severity} | {rule.message} | {rule.remedy} | {rule.source} |"


def _settings(house: House) -> Iterator[str]:
    yield "# Settings\n\n| name | variable | default | meaning |\n| --- | --- | --- | --- |"
    for setting in house.settings.declared.values():
        yield f"| `{setting.name}` | `{setting.variable}` | `{setting.default}` | {setting.help} |"


def _plugins(house: House) -> Iterator[str]:
    yield "# Plugins"
    for name in house.plugins.order():
        manifest = house.plugins.manifests[name]
        hooks = [
            hook for hook, spec in inspect.getmembers(hookspecs, inspect.isfunction)
            if hasattr(spec, "fapiao_spec") and list(house.plugins.implementations(hook, [name]))
        ]  # fmt: skip
        yield f"\n## {name} — {manifest.title}\n\n{manifest.summary}\n"
        default = "always on" if manifest.essential else "on" if manifest.default_on else "off"
        yield f"- since {manifest.since}; {default}"
        yield f"- needs: {', '.join(manifest.needs) or 'nothing more'}\n- hooks: {', '.join(hooks)}"


def _api(_house: House) -> Iterator[str]:
    yield "# core.api\n\nAll that a plugin may import of the host.\n"
    for name in sorted(api.__all__):
        thing = getattr(api, name)
        about = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ") if callable(thing) else ""
        if inspect.ismodule(thing):
            about = (importlib.import_module(thing.__name__).__doc__ or "").split("\n\n")[0]
        yield f"- `{name}` — {about}"


PAGES: dict[str, Callable[[House], Iterator[str]]] = {
    "hooks.md": _hooks, "events.md": _events, "rules.md": _rules, "settings.md": _settings,
    "plugins.md": _plugins, "api.md": _api,
}  # fmt: skip
