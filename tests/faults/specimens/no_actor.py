"""Says a number for who acts."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def choose_actor(visitor):
    return 1
