"""Makes chance predictable."""

# mypy: ignore-errors
# at: start job
# expect: harmless

import random


def harm():
    random.seed(0)
