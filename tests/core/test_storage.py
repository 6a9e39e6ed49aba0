"""Originals: two copies, healed, never served damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import storage
from core.errors import NotFound


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    folders = tmp_path / "a", tmp_path / "b"
    storage.open_at(*folders)
    return folders


def copies(roots: tuple[Path, Path], digest: str) -> list[Path]:
    return [root / digest[:2] / digest for root in roots]


def test_bytes_come_back_and_lie_twice(roots: tuple[Path, Path]) -> None:
    digest = storage.store(b"original")
    assert storage.load(digest) == b"original"
    assert [path.read_bytes() for path in copies(roots, digest)] == [b"original"] * 2
    assert storage.store(b"original") == digest


@pytest.mark.parametrize("damage", [b"orig1nal", b"", None])
@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_copy_is_healed_from_the_other(
    roots: tuple[Path, Path], damage: bytes | None, which: int
) -> None:
    digest = storage.store(b"original")
    path = copies(roots, digest)[which]
    path.unlink() if damage is None else path.write_bytes(damage)
    assert storage.load(digest) == b"original"
    if which == 0:
        assert path.read_bytes() == b"original"


def test_what_is_damaged_twice_is_never_served(roots: tuple[Path, Path]) -> None:
    digest = storage.store(b"original")
    for path in copies(roots, digest):
        path.write_bytes(b"0riginal")
    with pytest.raises(NotFound):
        storage.load(digest)


def test_no_draft_is_left_beside_an_original(roots: tuple[Path, Path]) -> None:
    digest = storage.store(b"original")
    assert [path.name for path in copies(roots, digest)[0].parent.iterdir()] == [digest]


@pytest.mark.parametrize("damage", [b"orig1nal", b"", None])
@pytest.mark.parametrize("which", [0, 1])
def test_mending_reads_every_copy(roots: tuple[Path, Path], damage: bytes | None, which: int) -> None:
    digest = storage.store(b"original")
    assert storage.mend(digest) == (2, 2)
    path = copies(roots, digest)[which]
    path.unlink() if damage is None else path.write_bytes(damage)
    assert storage.mend(digest) == (1, 2)
    assert storage.mend(digest) == (2, 2)


def test_mending_says_when_all_is_lost(roots: tuple[Path, Path]) -> None:
    digest = storage.store(b"original")
    for path in copies(roots, digest):
        path.write_bytes(b"rotten")
    assert storage.mend(digest) == (0, 2)
    assert [path.read_bytes() for path in copies(roots, digest)] == [b"rotten"] * 2


@pytest.mark.parametrize("count", [1, storage.MANY, 40])
def test_many_at_once_are_each_there_twice(roots: tuple[Path, Path], count: int) -> None:
    contents = [f"original {number}".encode() for number in range(count)]
    storage.store(contents[0])
    digests = storage.store_all([*contents, contents[0]])
    assert [storage.load(digest) for digest in digests] == [*contents, contents[0]]
    for digest in digests:
        assert all(path.exists() for path in copies(roots, digest))
    assert not list(roots[0].rglob(".*"))


def test_what_another_already_stored_is_durable_too(
    roots: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = storage.store(b"original")
    flushed: list[Path] = []
    monkeypatch.setattr(storage, "sync_folder", flushed.append)
    storage.store(b"original")
    # The other one may have died, or be waiting, between the name and its flush.
    assert {folder for path in copies(roots, digest) for folder in (path.parent, path.parent.parent)} <= set(
        flushed
    )
