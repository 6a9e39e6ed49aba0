"""Asks the interpreter to end."""

# mypy: ignore-errors
# at: import start panel visitor job event view
# expect: named

import sys


def harm():
    sys.exit(3)
