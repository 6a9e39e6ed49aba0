"""Has settings, events and order of the wrong types."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin

PLUGIN = Plugin("beast", None, 3, settings=("x",), events=42, after=7)
