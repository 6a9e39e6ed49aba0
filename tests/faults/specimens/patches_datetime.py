"""Stops the calendar."""

# mypy: ignore-errors
# at: import start
# expect: off

import datetime


def harm():
    class Frozen(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(1999, 12, 31, tzinfo=tz)

    datetime.datetime = Frozen
