"""Takes a second and a half every time."""

# mypy: ignore-errors
# at: panel event
# expect: named

import time


def harm():
    time.sleep(1.5)
