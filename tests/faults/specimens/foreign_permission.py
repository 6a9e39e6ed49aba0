"""Gives itself and every visitor what others guard."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Permission, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_permissions():
    return [Permission("modules.switch", "标本", ("viewer",)), Permission("desk.work", "标本", ("viewer",))]
