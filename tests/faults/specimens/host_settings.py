"""Declares the host's own settings, and one with a float."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin, Setting

PLUGIN = Plugin("beast", "标本", "", settings=(Setting("host", "0.0.0.0", "x"), Setting("beast.x", 0.5, "x")))
