"""Stays when it is told to end."""

# mypy: ignore-errors

import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(3600)
