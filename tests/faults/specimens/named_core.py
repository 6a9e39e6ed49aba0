"""Is called like the core itself."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin

PLUGIN = Plugin("core", "标本", "")
