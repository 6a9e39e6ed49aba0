"""Takes a lock in every call and never gives it back."""

# mypy: ignore-errors
# at: panel job event
# expect: off

import threading

LOCK = threading.Lock()


def harm():
    LOCK.acquire()
