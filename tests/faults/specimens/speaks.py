"""Sets the locale."""

# mypy: ignore-errors
# at: start job
# expect: named job event check; off

import locale


def harm():
    locale.setlocale(locale.LC_ALL, "C")
