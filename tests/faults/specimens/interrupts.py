"""Raises KeyboardInterrupt."""

# mypy: ignore-errors
# at: import panel check job event
# expect: refuses check; named


def harm():
    raise KeyboardInterrupt
