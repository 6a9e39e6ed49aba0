"""Puts its own view in the place of the home page."""

# mypy: ignore-errors
# at: whole
# expect: off

from flask import Blueprint

from core.api import PUBLIC, Plugin, allow, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")

bp = Blueprint("beast", __name__, url_prefix="/beast")


def take_over(state):
    state.app.view_functions["shell.home"] = allow(PUBLIC)(lambda: ("beast", 500))
    state.app.view_functions["shell.healthz"] = allow(PUBLIC)(lambda: ("beast", 500))


bp.record(take_over)


@hookimpl
def provide_blueprint():
    return bp
