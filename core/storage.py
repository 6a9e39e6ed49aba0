"""The only way to files: originals named by their digest, written twice, durable before their row."""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from core import disk, rng
from core.errors import NotFound, Unavailable

MANY = 4
"""From so many files on, flushing the disk once is cheaper than flushing each file and its folder."""

_roots: list[Path] = []
_settled: set[Path] = set()
"""Folders of originals whose names this process has seen reach the disk."""
_libc = ctypes.CDLL(None, use_errno=True)


def open_at(*roots: Path) -> None:
    """Use these folders, one whole copy in each; best on different disks."""
    _roots[:] = roots
    _settled.clear()
    for root in roots:
        make_folder(root)


def make_folder(path: Path) -> None:
    """Make a folder and those missing above it; their names are durable when this returns.

    :raise OSError: it cannot be made.
    """
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    # Also one that was there already: the run that made it may have died before it came to this.
    for folder in made or [path]:
        with suppress(PermissionError):
            sync_folder(folder.parent)


@disk.judging
def store(content: bytes) -> str:
    """Keep bytes for ever; durable in every copy when this returns.

    :returns: their SHA-256, hexadecimal: the name to load them by.
    """
    digest = hashlib.sha256(content).hexdigest()
    for root in _roots:
        _write_once(root / digest[:2] / digest, content)
    return digest


@disk.judging
def store_all(contents: Sequence[bytes]) -> list[str]:
    """Keep many at once: as durable as `store`, with two flushes of each copy's disk for all of them."""
    if len(contents) < MANY or not hasattr(_libc, "syncfs"):
        return [store(content) for content in contents]
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    for root in _roots:
        _write_many(root, dict(zip(digests, contents, strict=True)))
    return digests


def load(digest: str) -> bytes:
    """The bytes of this digest, checked; a damaged copy is healed from a sound one.

    :raise NotFound: no copy is sound.
    """
    paths = [root / digest[:2] / digest for root in _roots]
    damaged: list[Path] = []
    for path in paths:
        content = _read(path)
        if content is not None and hashlib.sha256(content).hexdigest() == digest:
            # Healing can wait where the disk takes nothing; the reader does not.
            with suppress(Unavailable, OSError):
                disk.require_writable()
                for other in damaged:
                    _heal(other, content)
            return content
        damaged.append(path)
    raise NotFound("找不到这份原件,或其内容已损坏")


def _read(path: Path) -> bytes | None:
    # A copy that the disk does not give is no copy: the other one is asked.
    try:
        return path.read_bytes()
    except OSError:
        return None


@disk.judging
def mend(digest: str) -> tuple[int, int]:
    """Read every copy and heal what is damaged or missing from a sound one; `load` stops at the first.

    :returns: how many copies were sound, and of how many; where none was, nothing can be healed.
    """
    paths = [root / digest[:2] / digest for root in _roots]
    contents = [_read(path) for path in paths]
    sound = [c is not None and hashlib.sha256(c).hexdigest() == digest for c in contents]
    whole = next((c for c, good in zip(contents, sound, strict=True) if good and c is not None), None)
    for path, good in zip(paths, sound, strict=True):
        if whole is not None and not good:
            _heal(path, whole)
    return sum(sound), len(paths)


@disk.judging
def _heal(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    draft = path.parent / f".{rng.token(8)}"
    write_durably(draft, content)
    os.replace(draft, path)
    sync_folder(path.parent)
    sync_folder(path.parent.parent)


def kept() -> Iterator[str]:
    """The digests of all originals, of whichever copy."""
    names = {path.name for root in _roots for path in root.glob("??/*") if not path.name.startswith(".")}
    return iter(sorted(names))


@disk.judging
def sync_tree(root: Path) -> None:
    """Wait until the disk has everything below a folder, names and contents."""
    for folder, _, names in os.walk(root):
        for name in names:
            handle = os.open(os.path.join(folder, name), os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(folder))


def _write_once(path: Path, content: bytes) -> None:
    folder = path.parent
    if path.exists():
        # Another thread, or a run that died, may not have come to flush the names.
        sync_folder(folder)
        sync_folder(folder.parent)
        return
    if folder not in _settled or not folder.exists():
        # Another thread, or a run that died, may have made it and not have come to flush its name.
        make_folder(folder)
        _settled.add(folder)
    draft = folder / f".{rng.token(8)}"
    write_durably(draft, content)
    os.rename(draft, path)
    sync_folder(folder)


def _write_many(root: Path, named: dict[str, bytes]) -> None:
    drafts: dict[Path, Path] = {}
    for digest, content in named.items():
        path = root / digest[:2] / digest
        if path.exists():
            continue
        path.parent.mkdir(exist_ok=True)
        draft = path.parent / f".{rng.token(8)}"
        _write(draft, content, 0o600, sync=False)
        drafts[draft] = path
    _sync_disk(root)
    for draft, path in drafts.items():
        os.rename(draft, path)
    _sync_disk(root)


def _sync_disk(root: Path) -> None:
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _libc.syncfs(handle) != 0:
            raise OSError(ctypes.get_errno(), f"syncfs {root}")
    finally:
        os.close(handle)


@disk.judging
def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file whole and wait until the disk has it; its name is durable once its folder is synced."""
    _write(path, content, mode, sync=True)


def _write(path: Path, content: bytes, mode: int, *, sync: bool) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]
        if sync:
            os.fsync(handle)
    finally:
        os.close(handle)


@disk.judging
def replace_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put new content in place of a small file: a crash leaves the old or the new, never a mixture."""
    draft = path.with_name(f".{path.name}.{rng.token(4)}")
    write_durably(draft, content, mode)
    os.replace(draft, path)
    sync_folder(path.parent)


@disk.judging
def append_durably(path: Path, line: str) -> None:
    """Add one line to a file and wait until the disk has it, and the file's name."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        # What a power cut left of the last line must not swallow this one.
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        left = memoryview(b"\n" * torn + line.encode() + b"\n")
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
