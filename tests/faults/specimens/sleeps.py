"""Sleeps for an hour."""

# mypy: ignore-errors
# at: import start panel check job event
# expect: off

import time


def harm():
    time.sleep(3600)
