"""ZIP archives from outside: judged by their directory before anything is inflated, and bounded while it is.

Nothing is ever extracted to a path; names are keys of a mapping and never lead anywhere.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from plugins.formats.facts import Unreadable

MOST_ENTRIES, MOST_BYTES, MOST_RATIO = 2_000, 50 * 1024 * 1024, 200
"""Entries, bytes inflated in all, and bytes inflated per byte packed (reliability §7.8)."""

_FREE = 64 * 1024
"""Below so many bytes a large ratio is no bomb."""
_LINK, _KIND = 0o120000, 0o170000
_ENCRYPTED = 0x1
_HEADER = 30
"""Bytes of a local header before its name (APPNOTE 4.3.7)."""


class Container:
    """An archive whose entries are read one by one.

    :raise Unreadable: it is damaged, or not what an honest program would make.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RecursionError) as error:
            raise Unreadable("FORMATS-ZIP-01", "压缩包已损坏:%(reason)s", reason=str(error)) from error
        _judge(entries, len(content))
        self._entries = {name_of(entry): entry for entry in entries if not entry.is_dir()}
        self._left = MOST_BYTES

    def names(self) -> list[str]:
        """Names of the entries, in their order."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """The bytes of one entry.

        :raise Unreadable: it is not there, damaged, or larger than it may be.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise Unreadable("FORMATS-ZIP-02", "压缩包里缺少 %(name)s", name=name)
        try:
            with self._zip.open(entry) as file:
                # One byte more than it says of itself: a header that lies is found out, not believed.
                found = file.read(min(entry.file_size, self._left) + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError,
                RuntimeError) as error:  # fmt: skip
            raise Unreadable("FORMATS-ZIP-01", "压缩包已损坏:%(reason)s", reason=name) from error
        self._left -= len(found)
        if len(found) > entry.file_size or self._left < 0:
            raise Unreadable("FORMATS-ZIP-03", "压缩包解开后过大")
        return found


def name_of(entry: zipfile.ZipInfo) -> str:
    """An entry's name with forward slashes and without a leading one."""
    return entry.filename.replace("\\", "/").lstrip("/")


def _judge(entries: list[zipfile.ZipInfo], size: int) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Unreadable("FORMATS-ZIP-04", "压缩包里的文件超过 %(most)s 个", most=MOST_ENTRIES)
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Unreadable("FORMATS-ZIP-03", "压缩包解开后过大")
    seen: set[str] = set()
    for entry in entries:
        name = name_of(entry)
        if ".." in name.split("/") or ":" in name.partition("/")[0] or "\0" in entry.orig_filename:
            raise Unreadable("FORMATS-ZIP-05", "压缩包里有指向外部的文件名")
        if entry.external_attr >> 16 & _KIND == _LINK:
            raise Unreadable("FORMATS-ZIP-06", "压缩包里有链接文件")
        if entry.flag_bits & _ENCRYPTED:
            raise Unreadable("FORMATS-ZIP-07", "压缩包已加密:请先解开再上传")
        if entry.file_size > _FREE and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
            raise Unreadable("FORMATS-ZIP-03", "压缩包解开后过大")
        if name.casefold() in seen and not entry.is_dir():
            raise Unreadable("FORMATS-ZIP-08", "压缩包里有同名文件")
        seen.add(name.casefold())
    _refuse_overlaps(entries, size)


def _refuse_overlaps(entries: list[zipfile.ZipInfo], size: int) -> None:
    # Two entries that share their packed bytes multiply one bomb by their number.
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end or entry.header_offset + _HEADER + entry.compress_size > size:
            raise Unreadable("FORMATS-ZIP-09", "压缩包结构异常:文件互相重叠")
        end = entry.header_offset + _HEADER + entry.compress_size
