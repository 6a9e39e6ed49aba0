"""Stops the steady clock."""

# mypy: ignore-errors
# at: import start job
# expect: named job event check; off

import time


def harm():
    time.monotonic = lambda: 0.0
