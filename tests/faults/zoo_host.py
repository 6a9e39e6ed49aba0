"""The plugin that carries a specimen's `harm()` to the place where it is to strike."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from core.api import (
    PUBLIC,
    Event,
    Fault,
    Invoice,
    Job,
    MenuEntry,
    Panel,
    Plugin,
    Task,
    Visitor,
    allow,
    hookimpl,
)

PLUGIN = Plugin("beast", "标本", "动物园里的标本")
AT = "import"
bp = Blueprint("beast", __name__, url_prefix="/beast", template_folder="templates")


def strike(place: str) -> None:
    """Do harm, here only."""
    if place == AT:
        from beast.harm import harm  # type: ignore[import-not-found]

        harm()


def _load() -> dict[str, Any]:
    strike("panel")
    return {}


def _work(task: Task) -> None:
    strike("job")


@bp.get("/")
@allow(PUBLIC)
def page() -> str:
    """A view."""
    strike("view")
    return "beast"


strike("import")


@hookimpl
def provide_blueprint() -> Blueprint:
    return bp


@hookimpl
def provide_menu() -> list[MenuEntry]:
    strike("start")
    return []


@hookimpl
def provide_panels() -> list[Panel]:
    return [Panel("beast/panel.html", _load, "desk.work", 5)]


@hookimpl
def provide_jobs() -> list[Job]:
    return [Job("beast.work", _work, "害", every=0.3)]


@hookimpl
def check_draft(draft: Invoice) -> list[Fault]:
    strike("check")
    return []


@hookimpl
def on_event(event: Event) -> None:
    strike("event")


@hookimpl
def choose_visitor() -> Visitor | None:
    strike("visitor")
    return None
