"""Has nothing logged any more."""

# mypy: ignore-errors
# at: start job
# expect: named job event check; off

import logging


def harm():
    logging.disable(logging.CRITICAL)
    logging.root.handlers.clear()
