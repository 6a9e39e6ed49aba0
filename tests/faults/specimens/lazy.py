"""Answers with generators that fail when they are read."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


def fail():
    yield None
    raise RuntimeError("a bug of the beast")


@hookimpl
def provide_blueprint():
    return fail()


@hookimpl
def provide_menu():
    return fail()


@hookimpl
def provide_permissions():
    return fail()


@hookimpl
def provide_panels():
    return fail()


@hookimpl
def provide_jobs():
    return fail()


@hookimpl
def provide_commands():
    return fail()


@hookimpl
def provide_rules():
    return fail()


@hookimpl
def provide_channel():
    return fail()


@hookimpl
def provide_renderers():
    return fail()


@hookimpl
def provide_companions():
    return fail()
