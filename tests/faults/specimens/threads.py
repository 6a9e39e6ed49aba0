"""Leaves threads behind that never end."""

# mypy: ignore-errors
# at: start job
# expect: harmless

import threading


def harm():
    for _ in range(50):
        threading.Thread(target=threading.Event().wait).start()
