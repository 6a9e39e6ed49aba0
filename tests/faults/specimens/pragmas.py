"""Changes how the database writes."""

# mypy: ignore-errors
# at: panel job event
# expect: named

from core.api import execute


def harm():
    execute("PRAGMA synchronous = OFF")
