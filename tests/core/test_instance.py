"""The data folder: one server, private secrets, clear lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import instance
from core.errors import StartError


def test_a_second_server_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = instance.prepare(tmp_path)
    with instance.lock(folder), pytest.raises(StartError, match="another server"):
        instance.lock(folder)
    instance.lock(folder).close()


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="cannot be used"):
        instance.prepare(tmp_path / "file" / "data")


def test_a_secret_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    folder = instance.prepare(tmp_path)
    first = instance.secret(folder, "x")
    assert len(first) == 64
    assert instance.secret(folder, "x") == first
    assert (folder.keys / "x").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("content", "mode"), [("short", 0o600), ("", 0o600), ("a" * 64, 0o644)])
def test_a_bad_secret_stops_the_start(tmp_path: Path, content: str, mode: int) -> None:
    folder = instance.prepare(tmp_path)
    (folder.keys / "x").write_text(content)
    (folder.keys / "x").chmod(mode)
    with pytest.raises(StartError):
        instance.secret(folder, "x")
