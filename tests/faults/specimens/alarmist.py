"""Turns every warning into an error."""

# mypy: ignore-errors
# at: import start
# expect: off

import warnings


def harm():
    warnings.simplefilter("error")
