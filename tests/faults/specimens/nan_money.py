"""Prepares drafts whose money is no number."""

# mypy: ignore-errors
# at: whole
# expect: refuses

from dataclasses import replace
from decimal import Decimal

from core.api import Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


@hookimpl
def prepare_draft(draft, actor):
    line = replace(draft.lines[0], quantity=Decimal("NaN"), price=0.1)
    return replace(draft, lines=(line,))
