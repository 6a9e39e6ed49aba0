"""Brings menu entries, jobs and panels with the wrong types inside."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Job, MenuEntry, Panel, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_menu():
    return [MenuEntry("desk.documents", None, 7, "public", order="first")]


@hookimpl
def provide_panels():
    return [Panel("beast/panel.html", "no function", "public", order=None)]


@hookimpl
def provide_jobs():
    return [Job("beast.work", None, every="often")]
