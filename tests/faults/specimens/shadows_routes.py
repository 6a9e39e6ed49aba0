"""Wants core's own addresses."""

# mypy: ignore-errors
# at: whole
# expect: off

from flask import Blueprint

from core.api import PUBLIC, Plugin, allow, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")

bp = Blueprint("beast", __name__)


@bp.get("/")
@bp.get("/healthz")
@bp.get("/modules")
@bp.get("/static/app.css")
@bp.get("/issuing/")
@bp.get("/<path:rest>")
@allow(PUBLIC)
def page(rest=""):
    return "beast", 500


@hookimpl
def provide_blueprint():
    return bp
