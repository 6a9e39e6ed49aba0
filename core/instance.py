"""The data folder: where everything of one server lies, its lock, its keys and secrets."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core import rng, storage
from core.errors import StartError


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
            path.mkdir(parents=True, exist_ok=True)
        folder.keys.chmod(0o700)
        probe = folder.root / ".probe"
        storage.replace_durably(probe, b"fapiao")
        if probe.read_bytes() != b"fapiao":
            raise StartError(f"{folder.root}: the disk does not give back what was written")
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"the data folder {folder.root} cannot be used: {error.strerror or error}"
        ) from error
    storage.open_at(*folder.originals)
    return folder


def lock(folder: Folder) -> IO[bytes]:
    """Hold the data folder for this server as long as the returned file stays open.

    :raise StartError: another server holds it.
    """
    held = open(folder.root / "server.lock", "a+b")  # noqa: SIM115
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.seek(0)
        holder = held.read(20).decode(errors="replace").strip()
        held.close()
        raise StartError(
            f"another server (process {holder or '?'}) already uses {folder.root}: stop it, or give this one"
            " its own folder with --data"
        ) from error
    held.seek(0)
    held.truncate()
    held.write(str(os.getpid()).encode())
    held.flush()
    return held


def is_served(folder: Folder) -> bool:
    """Whether a server holds the folder now."""
    try:
        lock(folder).close()
    except StartError:
        return True
    return False


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
    if len(found) < 32:
        raise StartError(f"{path} is too short to be a secret: remove it and start again")
    return found


def signing_key(folder: Folder) -> Ed25519PrivateKey:
    """The key that signs the ledger's checkpoints, made at its first use."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret(folder, "ledger.key").decode()))
