"""Cannot say how its companion is started."""

# mypy: ignore-errors
# at: whole
# expect: named

from core.api import Companion, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_companions():
    return [Companion("beast", "http.server", lambda data: [1 / 0])]
