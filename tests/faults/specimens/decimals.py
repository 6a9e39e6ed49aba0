"""Wants two digits of everybody's decimals."""

# mypy: ignore-errors
# at: import start panel check job event
# expect: named job event check; off

import decimal


def harm():
    decimal.getcontext().prec = 2
    decimal.DefaultContext.prec = 2
