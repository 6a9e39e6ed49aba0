"""Answers every hook with a list of words."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_blueprint():
    return ["x"]


@hookimpl
def provide_menu():
    return ["x"]


@hookimpl
def provide_permissions():
    return ["x"]


@hookimpl
def provide_panels():
    return ["x"]


@hookimpl
def provide_jobs():
    return ["x"]


@hookimpl
def provide_commands():
    return ["x"]


@hookimpl
def provide_rules():
    return ["x"]


@hookimpl
def provide_channel():
    return ["x"]


@hookimpl
def provide_renderers():
    return ["x"]


@hookimpl
def provide_companions():
    return ["x"]
