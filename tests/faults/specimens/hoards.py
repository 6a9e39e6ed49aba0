"""Wants more memory than there is."""

# mypy: ignore-errors
# at: import panel job
# expect: named


def harm():
    kept = []
    while True:
        kept.append(b"x" * 64_000_000)
