"""A small disk of its own for one child: mounted where nobody else sees it, gone when the child ends."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.faults import flow_child

_NEW_MOUNTS, _NEW_USER = 0x20000, 0x10000000
_PRIVATE, _REMOUNT = 0x4000 | 0x40000, 0x20
_BLOCK = 4096

_libc = ctypes.CDLL(None, use_errno=True)


def missing(folder: Path) -> str:
    """Why no small disk can be mounted here; empty if one can."""

    def trial() -> bool:
        alone()
        mount(folder, kilobytes=64)
        return True

    try:
        flow_child.answer(trial, folder.with_suffix(".out"))
    except flow_child.Died as error:
        last = str(error).strip().splitlines()[-1]
        return f"mounting a small disk needs root or user namespaces ({last})"
    return ""


def alone() -> None:
    """Mounts of this process are seen by nobody else from now on.

    :raise OSError: neither root nor a user namespace.
    """
    user, group, is_root = os.getuid(), os.getgid(), os.geteuid() == 0
    _check(_libc.unshare(_NEW_MOUNTS | (0 if is_root else _NEW_USER)))
    if not is_root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _check(_libc.mount(None, b"/", None, _PRIVATE, None))


def mount(folder: Path, *, kilobytes: int, names: int = 0, again: bool = False) -> None:
    """Mount a disk in memory, or change the size of the one that is mounted.

    :param names: how many files and folders it can hold; 0 for any number.
    """
    options = f"size={kilobytes}k" + (f",nr_inodes={names}" if names else "")
    flags = _REMOUNT if again else 0
    _check(_libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options.encode()))


def mount_block_disk(folder: Path, image: Path, *, megabytes: int) -> str:
    """Mount a real file system from a file; why that is not possible here, or nothing."""
    if not shutil.which("mkfs.ext4"):
        return "mkfs.ext4 is not installed"
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    for command in (["mkfs.ext4", "-q", str(image)], ["mount", "-o", "loop", str(image), str(folder)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr.strip().splitlines()[-1]
    return ""


def make_read_only(folder: Path) -> None:
    """What the kernel does to a file system that it found damaged: read-only at once, whoever writes."""
    subprocess.run(["mount", "-o", "remount,abort", str(folder)], check=True, capture_output=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill the disk until so many bytes are free; the file that does it."""
    ballast = folder / "ballast"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        for _ in range(max(0, (free - leave) // _BLOCK)):
            file.write(bytes(_BLOCK))
    return ballast


def use_up_names(folder: Path, leave: int) -> Path:
    """Make files until the disk takes only so many more; the folder they are in."""
    many = folder / "many"
    many.mkdir(exist_ok=True)
    for number in range(max(0, os.statvfs(folder).f_favail - leave)):
        (many / str(number)).touch()
    return many


def clear(ballast: Path) -> None:
    """Give the room back."""
    if ballast.is_dir():
        shutil.rmtree(ballast)
    ballast.unlink(missing_ok=True)


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
