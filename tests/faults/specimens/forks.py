"""Forks, and both return."""

# mypy: ignore-errors
# at: import start panel job event
# expect: harmless

import os


def harm():
    os.fork()
