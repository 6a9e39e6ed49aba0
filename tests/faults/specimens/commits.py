"""Commits what is not its own."""

# mypy: ignore-errors
# at: check event panel
# expect: refuses check; named

from core.api import Table


def harm():
    Table._meta.database.commit()
