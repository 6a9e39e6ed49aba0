"""Brings its own version of others' templates."""

# mypy: ignore-errors
# at: whole
# expect: off

from flask import Blueprint

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")

bp = Blueprint("beast", __name__, url_prefix="/beast", template_folder="templates")


@hookimpl
def provide_blueprint():
    return bp
