"""Starts a process that keeps its output open."""

# mypy: ignore-errors
# at: import start
# expect: harmless

import subprocess


def harm():
    subprocess.Popen(["sleep", "30"])
