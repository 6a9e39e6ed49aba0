"""Takes back what is not its own."""

# mypy: ignore-errors
# at: check event
# expect: refuses check; named

from core.api import Table


def harm():
    Table._meta.database.connection().rollback()
