"""Has a menu entry for a page that needs more than its name."""

# mypy: ignore-errors
# at: whole
# expect: harmless

from core.api import MenuEntry, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_menu():
    return [MenuEntry("issuing.show", "标本", "home", "public", order=-1)]
