"""Enters another company and stays."""

# mypy: ignore-errors
# at: panel check job event view
# expect: named

from core import scope

KEPT = []


def harm():
    KEPT.append(scope.opened("OTHER-COMPANY"))
    KEPT[-1].__enter__()
