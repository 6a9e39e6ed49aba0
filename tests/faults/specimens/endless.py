"""Answers every hook with what never ends."""

# mypy: ignore-errors
# at: whole
# expect: off

import itertools

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_blueprint():
    return itertools.repeat(None)


@hookimpl
def provide_menu():
    return itertools.repeat(None)


@hookimpl
def provide_permissions():
    return itertools.repeat(None)


@hookimpl
def provide_panels():
    return itertools.repeat(None)


@hookimpl
def provide_jobs():
    return itertools.repeat(None)


@hookimpl
def provide_commands():
    return itertools.repeat(None)


@hookimpl
def provide_rules():
    return itertools.repeat(None)


@hookimpl
def provide_channel():
    return itertools.repeat(None)


@hookimpl
def provide_renderers():
    return itertools.repeat(None)


@hookimpl
def provide_companions():
    return itertools.repeat(None)
