"""Whether the data folder's disk may be written: fit, full, or not to be trusted any more.

One page of shared memory in the data folder tells every process of it. Full is read-only until there is
room again (a reserve file is given up first, so that reading and outcomes still find room); a disk that
failed once is written no more by these processes: what an `fsync` failed to keep cannot be asked again.
"""

from __future__ import annotations

import errno
import functools
import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from core import clock
from core.errors import Full, WriteStop

LARGEST_RESERVE = 64 * 1024 * 1024
SHARE = 50
"""One part in so many of the disk is kept free: below it nothing new is taken in."""
LOOK_SECONDS = 1.0

_FIT, _FULL, _STOPPED = b"\0", b"F", b"S"
_PAGE = 4096
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BROKEN = frozenset({errno.EIO, errno.EROFS, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.EUCLEAN})
# SQLite's result codes (sqlite.org/rescode.html): the low byte is the kind.
_SQL_FULL, _SQL_CANNOT_OPEN, _SQL_READ_ONLY, _SQL_IO, _SQL_CORRUPT, _SQL_NO_DATABASE = 13, 14, 8, 10, 11, 26
_SQL_WRITE = 778
_SQL_SHARED_MEMORY = frozenset({4618, 4874})
"""SHMOPEN and SHMSIZE: what a full disk says of the write-ahead log's index."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class _Disk:
    root: Path
    page: mmap.mmap
    looked: float = -1e9


_disk: _Disk | None = None


def open_at(root: Path) -> None:
    """Watch the disk of this data folder.

    :raise OSError: its page of shared memory cannot be made.
    """
    global _disk
    shut()
    handle = os.open(root / "disk.state", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(handle).st_size < _PAGE:
            # Written, not only made longer: a page that the disk has no room for kills who touches it.
            done = 0
            while done < _PAGE:
                done += os.pwrite(handle, bytes(_PAGE - done), done)
        _disk = _Disk(root, mmap.mmap(handle, _PAGE))
    finally:
        os.close(handle)


def shut() -> None:
    """Watch no longer."""
    global _disk
    if _disk is not None:
        _disk.page.close()
    _disk = None


def begin(*, reserve: bool) -> None:
    """No server is at this folder: forget what stopped the last one; a server sets a reserve aside."""
    if _disk is not None:
        _mark(_FIT, "")
        _disk.looked = -1e9
        if reserve and not _reserve(_disk.root).exists() and _room(_disk.root) >= 3 * _floor(_disk.root):
            _set_aside(_disk.root)


def is_writable() -> bool:
    """Whether new work may be taken in; looks at the disk at most once a second."""
    return _state() == _FIT


def trouble() -> str:
    """Why nothing is written, in one line; empty while all is well."""
    if _disk is None or _state() == _FIT:
        return ""
    return _disk.page[1:512].rstrip(b"\0").decode(errors="replace")


def has_stopped() -> bool:
    """Whether the disk failed and nothing at all is written any more."""
    return _state() == _STOPPED


def require_writable(*, closing: bool = False) -> None:
    """Refuse to write where that could not be kept.

    :param closing: this records the outcome of something begun before: the reserve's room is for it.
    :raise Full: there is no room. :raise WriteStop: the disk failed.
    """
    state = _state()
    if state == _STOPPED:
        raise WriteStop("磁盘写入失败,系统已停止写入:请管理员检查磁盘后重启服务;查询不受影响")
    if state == _FULL and not closing:
        raise Full("磁盘空间不足,系统暂时只读:清理出空间后会自动恢复;查询不受影响")


def free() -> tuple[int, int]:
    """Bytes that are free and bytes in all, of the data folder's disk.

    :raise RuntimeError: no folder is watched.
    """
    if _disk is None:
        raise RuntimeError("no data folder is open")
    found = os.statvfs(_disk.root)
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize


def judged(error: Exception) -> Exception:
    """What an error of the disk or the database means: itself, `Full` or `WriteStop`; the state follows."""
    code = _sql_code(error)
    number = error.errno if isinstance(error, OSError) else None
    if number in _NO_ROOM or (code is not None and code & 0xFF == _SQL_FULL):
        return _filled(error)
    short = _disk is not None and (_disk.page[:1] == _FULL or _is_short(_disk.root))
    if code == _SQL_WRITE and _disk is not None and not short:
        short = _has_hit_a_limit(_disk.root)
    if code is not None and short and (code & 0xFF == _SQL_IO or code & 0xFF == _SQL_CANNOT_OPEN):
        # SQLite has many words for want of room; a disk that is bad as well says so again.
        return _filled(error)
    if code in _SQL_SHARED_MEMORY or (code is not None and code & 0xFF == _SQL_CANNOT_OPEN):
        return error
    kinds = (_SQL_READ_ONLY, _SQL_IO, _SQL_CORRUPT, _SQL_NO_DATABASE)
    if number in _BROKEN or (code is not None and code & 0xFF in kinds):
        return stop(str(error))
    return error


def judging(call: Callable[P, T]) -> Callable[P, T]:
    """Around what writes files: a failing disk is told apart from a full one, and remembered.

    The wrapped function raises `Full` or `WriteStop` in the place of the `OSError`; once the disk
    failed, it is not called again.
    """

    @functools.wraps(call)
    def judge(*args: P.args, **values: P.kwargs) -> T:
        require_writable(closing=True)
        try:
            return call(*args, **values)
        except OSError as error:
            meant = judged(error)
            if meant is error:
                raise
            raise meant from error

    return judge


def stop(reason: str) -> WriteStop:
    """Write no more until a person looked and the server was started again."""
    _mark(_STOPPED, reason)
    return WriteStop("磁盘写入失败,系统已停止写入:请管理员检查磁盘后重启服务;查询不受影响")


def _filled(error: Exception) -> Full:
    _fill(str(error))
    return Full("磁盘空间不足,系统暂时只读:清理出空间后会自动恢复;查询不受影响")


def _fill(reason: str) -> None:
    if _disk is not None and _disk.page[:1] != _STOPPED:
        _mark(_FULL, reason)
        _disk.looked = clock.steady()
        _reserve(_disk.root).unlink(missing_ok=True)


def _state() -> bytes:
    if _disk is None:
        return _FIT
    state = _disk.page[:1]
    if state == _STOPPED or clock.steady() - _disk.looked < LOOK_SECONDS:
        return state
    _disk.looked = clock.steady()
    if state == _FIT and _is_short(_disk.root):
        _fill("less than the reserve is free")
    elif state == _FULL and _has_recovered(_disk.root):
        _set_aside(_disk.root)
        _mark(_FIT, "")
    return _disk.page[:1]


def _has_hit_a_limit(root: Path) -> bool:
    """Whether a quota or a limit of file sizes stops a write as far into a file as the database's own go.

    SQLite knows only `ENOSPC` for want of room, and calls these an I/O error.
    """
    sizes = [file.stat().st_size for file in root.glob("fapiao.db*")]
    probe = root / f".room-{os.getpid()}"
    try:
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, bytes(_PAGE), max(sizes, default=0))
        finally:
            os.close(handle)
            probe.unlink(missing_ok=True)
    except OSError as error:
        return error.errno in _NO_ROOM
    return False


def _is_short(root: Path) -> bool:
    return _room(root) < _floor(root) or _names(root) < _fewest_names(root)


def _has_recovered(root: Path) -> bool:
    # Room for the reserve, for the floor below it, and once more, so that it does not tip to and fro.
    return _room(root) >= 3 * _floor(root) and _names(root) >= 3 * _fewest_names(root)


def _room(root: Path) -> int:
    found = os.statvfs(root)
    return found.f_bavail * found.f_frsize


def _floor(root: Path) -> int:
    found = os.statvfs(root)
    return min(LARGEST_RESERVE, found.f_blocks * found.f_frsize // SHARE)


def _names(root: Path) -> int:
    # File systems without a fixed number of names report none at all.
    found = os.statvfs(root)
    return found.f_favail if found.f_files else 1 << 40


def _fewest_names(root: Path) -> int:
    return min(64, os.statvfs(root).f_files // SHARE)


def _reserve(root: Path) -> Path:
    return root / "reserve"


def _set_aside(root: Path) -> None:
    handle = os.open(_reserve(root), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(handle, 0, max(_floor(root), 1))
    except OSError:
        # A reserve is a comfort: without one the disk is merely full a little later.
        _reserve(root).unlink(missing_ok=True)
    finally:
        os.close(handle)


def _mark(state: bytes, reason: str) -> None:
    if _disk is not None:
        text = reason.encode()[:510]
        _disk.page[:512] = (state + text).ljust(512, b"\0")


def _sql_code(error: BaseException | None) -> int | None:
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)
        if isinstance(code, int):
            return code
        inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
        error = error.__cause__ or inner or error.__context__
    return None
