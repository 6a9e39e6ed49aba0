"""Kills its own process."""

# mypy: ignore-errors
# at: import start job
# expect: off

import os
import signal


def harm():
    os.kill(os.getpid(), signal.SIGKILL)
