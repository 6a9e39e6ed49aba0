"""Raises."""

# mypy: ignore-errors
# at: import start panel check visitor job event view
# expect: off start panel visitor; refuses check; named


def harm():
    raise RuntimeError("a bug of the beast")
