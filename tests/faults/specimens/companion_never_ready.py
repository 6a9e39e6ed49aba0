"""Its companion is never ready."""

# mypy: ignore-errors
# at: whole
# expect: harmless

from core.api import Companion, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def provide_companions():
    return [Companion("beast", "http.server", lambda data: ["0"], ready=lambda: "http://127.0.0.1:9/")]
