"""Has HTML in its labels."""

# mypy: ignore-errors
# at: whole
# expect: harmless

from core.api import MenuEntry, Plugin, hookimpl

PLUGIN = Plugin("beast", "<script>beast()</script>", "<img src=x onerror=beast()>")


@hookimpl
def provide_menu():
    return [MenuEntry("shell.home", "<script>beast()</script>", "<b>beast()</b>", "public")]
