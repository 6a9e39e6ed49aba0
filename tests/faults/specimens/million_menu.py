"""Brings a million menu entries."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import MenuEntry, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_menu():
    return [MenuEntry("shell.home", "标本", "home", "public")] * 1_000_000
