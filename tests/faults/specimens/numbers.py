"""Answers every hook with a number."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_blueprint():
    return 42


@hookimpl
def provide_menu():
    return 42


@hookimpl
def provide_permissions():
    return 42


@hookimpl
def provide_panels():
    return 42


@hookimpl
def provide_jobs():
    return 42


@hookimpl
def provide_commands():
    return 42


@hookimpl
def provide_rules():
    return 42


@hookimpl
def provide_channel():
    return 42


@hookimpl
def provide_renderers():
    return 42


@hookimpl
def provide_companions():
    return 42
