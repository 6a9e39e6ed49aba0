"""Opens a savepoint and leaves it."""

# mypy: ignore-errors
# at: panel check job event view
# expect: harmless check event; named

from core.api import execute


def harm():
    execute("SAVEPOINT mine")
