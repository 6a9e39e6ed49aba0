"""The data folder: where everything of one server lies, its lock, its keys and secrets."""

from __future__ import annotations

import errno
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core import clock, disk, rng, storage
from core.errors import StartError

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs",
     "virtiofs", "vboxsf", "prl_fs", "sshfs", "davfs"}
)  # fmt: skip
"""File systems whose locks or flushes are another machine's word."""

LOCK_SECONDS = 1.0
"""So long a server waits for a lock that a command may only be trying."""

ALIKE = 10
"""Fewer different characters than this make no secret: examples and fillers, never what chance gives."""


@dataclass(frozen=True)
class Folder:
    """The data folder's layout."""

    root: Path

    @property
    def database(self) -> Path:
        """The one database file."""
        return self.root / "fapiao.db"

    @property
    def originals(self) -> tuple[Path, Path]:
        """Two whole copies of every original."""
        return self.root / "originals", self.root / "originals-copy"

    @property
    def keys(self) -> Path:
        """Keys and secrets, readable by the server's account alone."""
        return self.root / "keys"

    @property
    def journal(self) -> Path:
        """What the last start was loading."""
        return self.root / "boot.json"


def prepare(root: Path) -> Folder:
    """Make the folder fit for use.

    :raise StartError: it cannot be written, or its disk does not keep what it is told to keep.
    """
    folder = Folder(root.resolve())
    try:
        for path in (folder.root, folder.keys):
            storage.make_folder(path)
        # Everything in it is the companies': invoices, people, letters with links that let in.
        for path in (folder.root, folder.keys):
            path.chmod(0o700)
        # A run that died may have made a key and not have come to flush its name.
        storage.sync_folder(folder.keys)
        _refuse_network(folder.root)
        _make_room(folder.root)
        _try_out(folder.root)
        disk.open_at(folder.root)
    except OSError as error:
        raise StartError(
            f"the data folder {folder.root} cannot be used: {error.strerror or error}"
        ) from error
    storage.open_at(*folder.originals)
    return folder


def _refuse_network(root: Path) -> None:
    kind = file_system(root, Path("/proc/self/mountinfo"))
    if kind in NETWORK or kind.startswith("fuse"):
        raise StartError(
            f"{root} lies on a network or user-space file system ({kind}), whose locks and flushes cannot be"
            " relied on: choose a folder on a local disk with --data"
        )


def file_system(root: Path, mounts: Path) -> str:
    """The type of the file system that holds a folder (proc(5), mountinfo); empty where nobody can tell."""
    if not mounts.exists():
        return ""
    best, kind = "", ""
    for line in mounts.read_text(errors="replace").splitlines():
        left, _, right = line.partition(" - ")
        point = left.split(" ")[4].encode().decode("unicode_escape")
        inside = point == "/" or f"{root}/".startswith(f"{point}/")
        if inside and len(point) >= len(best):
            best, kind = point, right.split(" ")[0]
    return kind


def _make_room(root: Path) -> None:
    # A folder left behind full starts, too: what was set aside is for that.
    try:
        _write_probe(root)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        (root / "reserve").unlink(missing_ok=True)
        _write_probe(root)


def _probe(root: Path) -> Path:
    # Of this process alone: a command may be opening the folder beside a server that does.
    return root / f".probe-{os.getpid()}"


def _write_probe(root: Path) -> None:
    handle = os.open(_probe(root), os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        if os.write(handle, b"fapiao") != 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    finally:
        os.close(handle)


def _try_out(root: Path) -> None:
    """What a disk must keep, tried: locks that exclude, names that change at once, bytes that stay."""
    probe = _probe(root)
    moved = probe.with_name(f"{probe.name}-moved")
    with open(probe, "rb") as first, open(probe, "rb") as second:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            raise StartError(f"{root}: the disk gives one lock to two at once")
        except BlockingIOError:
            pass
    os.replace(probe, moved)
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    if probe.exists() or moved.read_bytes() != b"fapiao":
        raise StartError(f"{root}: the disk does not give back what was written")
    moved.unlink()


def lock(folder: Folder) -> IO[bytes]:
    """Hold the data folder for this server as long as the returned file stays open.

    :raise StartError: another server holds it.
    """
    held = open(folder.root / "server.lock", "a+b")  # noqa: SIM115
    end = clock.steady() + LOCK_SECONDS
    while not _take(held, fcntl.LOCK_EX):
        if clock.steady() > end:
            held.seek(0)
            holder = held.read(20).decode(errors="replace").strip()
            held.close()
            raise StartError(
                f"another server (process {holder or '?'}) already uses {folder.root}: stop it, or give this"
                " one its own folder with --data"
            )
        clock.sleep(0.02)
    held.seek(0)
    held.truncate()
    held.write(str(os.getpid()).encode())
    held.flush()
    return held


def is_served(folder: Folder) -> bool:
    """Whether a server holds the folder now."""
    path = folder.root / "server.lock"
    if not path.exists():
        return False
    with open(path, "rb") as tried:
        return not _take(tried, fcntl.LOCK_SH)


def _take(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def secret(folder: Folder, name: str) -> bytes:
    """A secret of 32 bytes (as 64 hex characters), made at its first use and readable by nobody else.

    :raise StartError: the file is readable by others, or too short to be a secret.
    """
    path = folder.keys / name
    if not path.exists():
        storage.replace_durably(path, rng.token(32).encode())
    if path.stat().st_mode & 0o077:
        raise StartError(f"{path} is readable by others: chmod 600 {path}")
    found = path.read_bytes().strip()
    if len(found) < 32 or len(set(found)) < ALIKE:
        raise StartError(f"{path} is too short or too plain to be a secret: remove it and start again")
    return found


def signing_key(folder: Folder) -> Ed25519PrivateKey:
    """The key that signs the ledger's checkpoints, made at its first use."""
    found = secret(folder, "ledger.key")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(found.decode()))
    except ValueError as error:
        raise StartError(f"{folder.keys / 'ledger.key'} is no key: put the right one back") from error
