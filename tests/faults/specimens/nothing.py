"""Answers every hook with nothing."""

# mypy: ignore-errors
# at: whole
# expect: harmless

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_blueprint():
    return None


@hookimpl
def provide_menu():
    return None


@hookimpl
def provide_permissions():
    return None


@hookimpl
def provide_panels():
    return None


@hookimpl
def provide_jobs():
    return None


@hookimpl
def provide_commands():
    return None


@hookimpl
def provide_rules():
    return None


@hookimpl
def provide_channel():
    return None


@hookimpl
def provide_renderers():
    return None


@hookimpl
def provide_companions():
    return None
