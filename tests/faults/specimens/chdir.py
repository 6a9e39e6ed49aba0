"""Goes to another folder."""

# mypy: ignore-errors
# at: import start panel job event
# expect: named job event check; off

import os


def harm():
    os.chdir("/")
