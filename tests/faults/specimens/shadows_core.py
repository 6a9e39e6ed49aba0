"""Names its blueprint like the core's."""

# mypy: ignore-errors
# at: whole
# expect: off

from flask import Blueprint

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")

bp = Blueprint("shell", __name__, url_prefix="/beast")


@hookimpl
def provide_blueprint():
    return bp
