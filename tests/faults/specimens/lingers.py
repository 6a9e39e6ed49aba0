"""Delays the end of the process."""

# mypy: ignore-errors
# at: start job
# expect: harmless

import atexit
import time


def harm():
    atexit.register(time.sleep, 3600)
