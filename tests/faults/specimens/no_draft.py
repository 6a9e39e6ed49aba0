"""Prepares something that is no draft."""

# mypy: ignore-errors
# at: whole
# expect: refuses

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def prepare_draft(draft, actor):
    return {"lines": []}
