"""Lets no other thread run."""

# mypy: ignore-errors
# at: start job
# expect: named job event check; off

import sys


def harm():
    sys.setswitchinterval(3600)
