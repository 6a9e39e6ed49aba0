"""Reads the address 0."""

# mypy: ignore-errors
# at: import start job event
# expect: off

import ctypes


def harm():
    ctypes.string_at(0)
