"""Finds things that are no faults."""

# mypy: ignore-errors
# at: whole
# expect: refuses

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def check_draft(draft):
    return ["x", 7, None]
