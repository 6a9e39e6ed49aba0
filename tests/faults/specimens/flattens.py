"""Leaves no room for calls."""

# mypy: ignore-errors
# at: start job
# expect: named job event check; off

import sys


def harm():
    sys.setrecursionlimit(120)
