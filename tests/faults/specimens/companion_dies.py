"""Its companion dies at once."""

# mypy: ignore-errors
# at: whole
# expect: named

from core.api import Companion, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_companions():
    return [Companion("beast", "beast.nowhere", lambda data: [])]
