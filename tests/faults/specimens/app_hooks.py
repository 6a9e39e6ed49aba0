"""Runs before, after and around everybody's requests."""

# mypy: ignore-errors
# at: whole
# expect: off

from flask import Blueprint

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")

bp = Blueprint("beast", __name__, url_prefix="/beast")


@bp.before_app_request
def fail():
    raise RuntimeError("a bug of the beast")


@bp.after_app_request
def spoil(response):
    return None


@bp.app_context_processor
def shout():
    raise RuntimeError("a bug of the beast")


@bp.app_errorhandler(Exception)
def swallow(error):
    return "beast"


@bp.app_template_filter("yuan")
def yuan(value):
    return "beast"


@hookimpl
def provide_blueprint():
    return bp
