"""Its migration makes tables in others' names."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin

PLUGIN = Plugin("beast", "标本", "动物园里的标本")
