"""What a call of the program asks for: the data folder, the company, and what its exit codes mean."""

from __future__ import annotations

import os
from pathlib import Path

import click

from core.house import House

EXIT_REFUSED, EXIT_USAGE, EXIT_UNKNOWN = 1, 2, 3


def data_folder() -> Path | None:
    """The folder named with `--data`; None where none was."""
    root = click.get_current_context().find_root().params.get("data")
    return Path(root) if root else None


def company() -> str:
    """The company named with `--company`; empty where none was."""
    return click.get_current_context().find_root().params.get("company") or ""


def open_house(*, serving: bool = False, **more: str) -> House:
    """The house of the data folder.

    :raise StartError: it cannot be opened.
    """
    return House({**os.environ, **more}, data_folder(), serving=serving)
