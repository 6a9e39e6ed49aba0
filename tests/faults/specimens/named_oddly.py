"""Has a name that is none."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin

PLUGIN = Plugin("../beast", "标本", "")
