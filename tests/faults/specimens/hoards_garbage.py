"""Switches the collector off."""

# mypy: ignore-errors
# at: start job
# expect: named job event check; off

import gc


def harm():
    gc.disable()
