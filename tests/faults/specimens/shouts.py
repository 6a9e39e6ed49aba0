"""Adds a log handler that fails."""

# mypy: ignore-errors
# at: start job
# expect: named job event check; off

import logging


class Loud(logging.Handler):
    def emit(self, record):
        raise RuntimeError("no room for the log")


def harm():
    logging.root.addHandler(Loud())
