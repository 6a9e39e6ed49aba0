"""Ignores the signal to end."""

# mypy: ignore-errors
# at: import start
# expect: off

import signal


def harm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
