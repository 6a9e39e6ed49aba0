"""Begins a transaction and keeps it."""

# mypy: ignore-errors
# at: panel job view
# expect: named

from core.api import transaction

KEPT = []


def harm():
    KEPT.append(transaction())
    KEPT[-1].__enter__()
