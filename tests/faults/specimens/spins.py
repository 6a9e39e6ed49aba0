"""Is busy for ever."""

# mypy: ignore-errors
# at: import panel job
# expect: off


def harm():
    while True:
        pass
