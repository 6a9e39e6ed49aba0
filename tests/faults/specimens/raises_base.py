"""Raises something that is no Exception."""

# mypy: ignore-errors
# at: import start panel job event
# expect: off start; named


def harm():
    class Strange(BaseException):
        """Nobody expects it."""

    raise Strange
