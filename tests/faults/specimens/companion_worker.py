"""Names its companion like core's worker."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Companion, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_companions():
    return [Companion("worker", "http.server", lambda data: ["0"])]
