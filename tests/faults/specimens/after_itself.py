"""Wants to come after itself."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin

PLUGIN = Plugin("beast", "标本", "", after=("beast",))
