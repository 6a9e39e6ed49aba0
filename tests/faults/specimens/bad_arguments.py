"""Wants what a hook does not give."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def check_draft(draft, wallet):
    return []
