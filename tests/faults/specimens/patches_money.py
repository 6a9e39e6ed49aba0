"""Rounds in its own favour."""

# mypy: ignore-errors
# at: import start job
# expect: named job event check; off

from core import money


def harm():
    money.round_fen = lambda value: 1
    money.yuan = str
