"""Declares core's own events."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin

PLUGIN = Plugin("beast", "标本", "", events={"invoice-issued": "没开"})
