"""Lets everybody write."""

# mypy: ignore-errors
# at: start panel job
# expect: named job event check; off

import os


def harm():
    os.umask(0)
