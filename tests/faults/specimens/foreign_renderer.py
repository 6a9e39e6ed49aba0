"""Draws in others' format, and draws text."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin, Renderer, hookimpl

PLUGIN = Plugin("beast", "标本", "", after=("templates",))


@hookimpl
def provide_renderers():
    return [Renderer("pdf", "application/pdf", "1", lambda document: "no bytes")]
