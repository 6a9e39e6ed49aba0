"""Has the process killed in a second."""

# mypy: ignore-errors
# at: import start
# expect: off

import signal


def harm():
    signal.setitimer(signal.ITIMER_REAL, 1.0)
