"""Has commands named like the host's."""

# mypy: ignore-errors
# at: whole
# expect: harmless

import click

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_commands():
    return [click.Command("serve", callback=fail), click.Command("module", callback=fail)]


def fail():
    raise RuntimeError("a bug of the beast")
