"""Has the connection begin transactions by itself, and answer in bytes."""

# mypy: ignore-errors
# at: panel job event
# expect: named

from core.api import Table


def harm():
    link = Table._meta.database.connection()
    link.isolation_level = ""
    link.text_factory = bytes
