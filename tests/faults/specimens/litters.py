"""Writes files where it stands."""

# mypy: ignore-errors
# at: import start
# expect: harmless

from pathlib import Path


def harm():
    for number in range(20):
        Path(f"litter-{number}").write_text("litter")
