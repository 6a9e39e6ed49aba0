"""Ends the process without another word."""

# mypy: ignore-errors
# at: import start job event panel
# expect: off

import os


def harm():
    os._exit(0)
