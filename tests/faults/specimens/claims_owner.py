"""Says that everybody is an owner: authorising is what it was installed for."""

# mypy: ignore-errors
# at: whole
# expect: inherent

from core.api import Plugin, Visitor, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def choose_visitor():
    return Visitor("beast", "标本")
