"""Calls itself indispensable, and fails."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Panel, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "", essential=True)


@hookimpl
def provide_panels():
    return [Panel("beast/panel.html", fail, "desk.work")]


def fail():
    raise RuntimeError("a bug of the beast")
