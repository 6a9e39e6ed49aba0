"""Bears another one's name."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin

PLUGIN = Plugin("issuing", "", "")
