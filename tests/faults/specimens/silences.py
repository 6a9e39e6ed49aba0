"""Closes standard output."""

# mypy: ignore-errors
# at: import start job
# expect: named job event check; off

import sys


def harm():
    sys.stdout.close()
