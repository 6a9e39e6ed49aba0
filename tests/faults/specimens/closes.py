"""Closes the connection."""

# mypy: ignore-errors
# at: panel check job event view
# expect: refuses check; named

from core.api import Table


def harm():
    Table._meta.database.connection().close()
