"""Has a panel whose template fails."""

# mypy: ignore-errors
# at: whole
# expect: off

from flask import Blueprint

from core.api import Panel, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "", default_on=True)


@hookimpl
def provide_panels():
    return [Panel("beast/broken.html", dict, "desk.work")]


@hookimpl
def provide_blueprint():
    return Blueprint("beast", __name__, url_prefix="/beast", template_folder="templates")
