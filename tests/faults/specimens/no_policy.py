"""Has a page without a policy."""

# mypy: ignore-errors
# at: whole
# expect: off

from flask import Blueprint

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")

bp = Blueprint("beast", __name__, url_prefix="/beast")
bp.add_url_rule("/", "page", lambda: "beast")


@hookimpl
def provide_blueprint():
    return bp
