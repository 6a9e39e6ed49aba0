"""Registers the plugins' pages: each at its own addresses, from its own folder, and nothing for everybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue

from core import plugins
from core.plugins import Plugins

_HOOKS = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs",
          "template_context_processors", "url_value_preprocessors", "url_default_functions")  # fmt: skip


class App(Flask):
    """The application; while a plugin's pages are registered, `guest` is its name."""

    guest = ""

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None, **options: Any,
    ) -> None:  # fmt: skip
        """Add an address.

        :raise ValueError: a plugin adds one that is not below its own name, or without a policy.
        """
        own, name = f"/{self.guest}/", endpoint or ""
        if self.guest and not (f"{rule}/".startswith(own) and name.startswith(f"{self.guest}.")):
            raise ValueError(f"{rule} ({name}) is not below {own}")
        if self.guest and not name.endswith(".static") and getattr(view_func, "policy", None) is None:
            raise ValueError(f"{name} declares no policy")
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view; a stranger's is watched, and what it leaves changed is put back."""
        known, name = plugins.current(), (request.blueprint or "").partition(".")[0]
        if name in known.bundled or name not in known.manifests:
            return super().dispatch_request()
        answer: ResponseReturnValue = known.carry_out(name, "view", super().dispatch_request)
        return answer


def register(app: App, known: Plugins, name: str, blueprint: Blueprint) -> None:
    """Register a plugin's pages; one that reaches for more than its own is left out."""
    before = _everybodys(app)
    app.guest = name
    try:
        problem = _foreign_folder(known.folders[name], name, blueprint)
        if not problem:
            ok, error = known.held(name, "start", app.register_blueprint, blueprint)
            problem = "" if ok else repr(error)
    finally:
        app.guest = ""
    if name not in known.bundled and _put_back(app, before):
        problem = problem or "they reach into everybody's requests"
    if problem:
        known.quarantine(name, f"its pages cannot be registered: {problem}")


def _foreign_folder(home: Path, name: str, blueprint: Blueprint) -> str:
    if blueprint.name != name:
        return f"its blueprint must be named {name!r}"
    for folder in (blueprint.static_folder, blueprint.template_folder):
        where = Path(blueprint.root_path, folder or "").resolve()
        if folder and not where.is_relative_to(home.resolve()):
            return f"{where} is not its own folder"
    templates = Path(blueprint.root_path, blueprint.template_folder or "")
    if blueprint.template_folder and templates.is_dir() and {t.name for t in templates.iterdir()} - {name}:
        return f"its templates lie in a folder named {name!r}"
    return ""


def _everybodys(app: App) -> list[tuple[dict[Any, Any], dict[Any, Any]]]:
    env, spec = app.jinja_env, app.error_handler_spec
    real: list[dict[Any, Any]] = [app.view_functions, env.filters, env.tests, env.globals]
    held = [(one, dict(one)) for one in (*real, *spec[None].values())]
    held.append((spec[None], {code: spec[None][code] for code in spec[None]}))
    return held + [(getattr(app, hook), {None: list(getattr(app, hook)[None])}) for hook in _HOOKS]


def _put_back(app: App, before: list[tuple[dict[Any, Any], dict[Any, Any]]]) -> bool:
    changed = False
    for real, was in before:
        for key in list(real):
            foreign = key is None or (real is not app.view_functions and not isinstance(real.get(None), list))
            if key in was and real[key] != was[key]:
                real[key], changed = was[key], True
            elif key not in was and foreign:
                del real[key]
                changed = True
    return changed
