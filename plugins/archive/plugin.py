"""Archive: originals kept sound, and every invoice found by any clue."""

from __future__ import annotations

from flask import Blueprint

from core.api import ROLES, Event, Job, MenuEntry, Permission, Plugin, hookimpl
from plugins.archive import index, originals, views

PLUGIN = Plugin(
    name="archive",
    title="发票档案",
    summary="保管发票原件并每天巡检;用任何一条线索都能找到发票",
    listens=(index.QUEUED, index.ISSUED),
    events={"archive.scrubbed": "原件巡检", "archive.damaged": "原件损坏"},
)


@hookimpl
def provide_blueprint() -> Blueprint:
    return views.bp


@hookimpl
def provide_menu() -> list[MenuEntry]:
    return [
        MenuEntry("archive.index", "档案", "archive", views.READ, 40),
        MenuEntry("archive.search", "查找发票", "search", views.READ, 40, "search"),
    ]


@hookimpl
def provide_permissions() -> list[Permission]:
    return [Permission(views.READ, "查看档案与查找发票", tuple(ROLES))]


@hookimpl
def provide_jobs() -> list[Job]:
    return [Job(originals.PATROL, originals.patrol, "原件巡检", every=24 * 3600.0)]


@hookimpl
def on_event(event: Event) -> None:
    index.learn(event)
