"""Calls itself for ever."""

# mypy: ignore-errors
# at: start panel job
# expect: named


def harm():
    harm()
