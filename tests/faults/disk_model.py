"""A disk that loses power: what was flushed is there, what was not may be lost, reordered or torn.

File data is kept or lost by 512-byte sectors until the file is flushed. Names are kept in one of two ways:

- ordered, as a journalling file system does: changes of names reach the disk in their order, and flushing
  any file carries every change before it along;
- strict, as POSIX promises no more: a name is on the disk once its folder was flushed, and until then each
  change of it is kept or lost by itself.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath

SECTOR = 512
WAYS = ("none", "all", "prefix", "one lost", "one kept", "some", "torn")
"""How the un-synced writes of one file fare in one cut."""

Image = dict[str, bytes]
"""What lies on the disk after the cut: content by path, below the watched folder."""


@dataclass(frozen=True, slots=True)
class Op:
    """One thing the program did to the disk.

    :ivar kind: create, mkdir, write, append, truncate, sync, datasync, syncdisk, rename, remove, or mark.
    :ivar path: below the watched folder, which itself is `.`.
    """

    kind: str
    path: str = ""
    other: str = ""
    at: int = 0
    data: bytes = b""


@dataclass(eq=False)
class _Node:
    is_folder: bool
    names: dict[str, _Node] = field(default_factory=dict)
    safe_names: dict[str, _Node] = field(default_factory=dict)
    safe: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Writes (place, bytes) and truncations (length, None) that the disk may not have."""
    length: int = 0

    def write(self, at: int, data: bytes) -> None:
        self.pending.append((at, data))
        self.length = max(self.length, at + len(data))

    def flush(self) -> None:
        if self.pending:
            self.safe = _applied(self.safe, self.pending)
            self.pending = []


_Change = list[tuple[_Node, dict[str, _Node | None]]]
"""Names given and taken, by folder, that reach the disk together: a rename is never half done."""


class Disk:
    """The disk below one folder. :ivar strict: names are durable by their folder's flush alone."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.top = _Node(is_folder=True)
        self._changes: list[_Change] = []

    def load(self, image: Image) -> None:
        """Begin with what lies there already, safely."""
        for path, content in image.items():
            folder = self.top
            *above, name = PurePosixPath(path).parts
            for part in above:
                node = folder.names.get(part) or _Node(is_folder=True)
                folder.names[part] = folder.safe_names[part] = node
                folder = node
            node = _Node(is_folder=False, safe=content, length=len(content))
            folder.names[name] = folder.safe_names[name] = node

    def do(self, op: Op) -> None:
        """Let the program do one thing."""
        getattr(self, f"_{op.kind}")(op)

    def _mark(self, op: Op) -> None:
        """Nothing: a word of the program to who watches."""

    def _mkdir(self, op: Op) -> None:
        self._make(op.path, is_folder=True)

    def _create(self, op: Op) -> None:
        if self._find(op.path) is None:
            self._make(op.path, is_folder=False)

    def _make(self, path: str, *, is_folder: bool) -> None:
        folder, name = self._place(path)
        self._change((folder, {name: _Node(is_folder)}))

    def _write(self, op: Op) -> None:
        node = self._find(op.path)
        if node is not None:
            node.write(op.at, op.data)

    def _append(self, op: Op) -> None:
        node = self._find(op.path)
        if node is not None:
            node.write(node.length, op.data)

    def _truncate(self, op: Op) -> None:
        node = self._find(op.path)
        if node is not None and node.length != op.at:
            node.pending.append((op.at, None))
            node.length = op.at

    def _rename(self, op: Op) -> None:
        folder, name = self._place(op.path)
        target, new = self._place(op.other)
        node = folder.names[name]
        self._change((folder, {name: None}), (target, {new: node}))

    def _remove(self, op: Op) -> None:
        folder, name = self._place(op.path)
        self._change((folder, {name: None}))

    def _change(self, *change: tuple[_Node, dict[str, _Node | None]]) -> None:
        self._changes.append(list(change))
        for folder, names in change:
            _rename_in(folder.names, names)

    def _sync(self, op: Op) -> None:
        node = self._find(op.path)
        if node is not None:
            node.flush()
            self._settle(node, everything=not self.strict)

    def _datasync(self, op: Op) -> None:
        node = self._find(op.path)
        if node is None:
            return
        node.flush()
        # An orderly disk carries names along where the file could not be found again without them.
        new = any(node in names.values() for change in self._changes for _, names in change)
        self._settle(node, everything=not self.strict and (new or node.is_folder))

    def _syncdisk(self, op: Op) -> None:
        self._settle(self.top, everything=True)
        for node in _nodes(self.top):
            node.flush()

    def _settle(self, node: _Node, *, everything: bool) -> None:
        open_changes: list[_Change] = []
        for change in self._changes:
            if everything or any(folder is node for folder, _ in change):
                for folder, names in change:
                    _rename_in(folder.safe_names, names)
            else:
                open_changes.append(change)
        self._changes = open_changes

    def _place(self, path: str) -> tuple[_Node, str]:
        at = PurePosixPath(path)
        folder = self._find(str(at.parent))
        if folder is None:
            raise ValueError(f"{path} lies in no known folder")
        return folder, at.name

    def _find(self, path: str) -> _Node | None:
        node: _Node | None = self.top
        for part in PurePosixPath(path).parts:
            node = node.names.get(part) if node is not None else None
        return node

    def unsure(self) -> int:
        """How many changes a cut may still take back."""
        return len(self._changes) + sum(len(node.pending) for node in _nodes(self.top))

    def cut(self, chance: random.Random) -> Image:
        """Take the power away now; what is left is drawn from `chance`."""
        names = self._left_names(chance)
        found: Image = {}
        self._gather(self.top, "", names, chance, chance.choice(("mixed", *WAYS)), found)
        return found

    def _left_names(self, chance: random.Random) -> dict[int, dict[str, _Node]]:
        if self.strict:
            odds = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
            kept = [change for change in self._changes if chance.random() < odds]
        else:
            kept = self._changes[: chance.randint(0, len(self._changes))]
        left: dict[int, dict[str, _Node]] = {}
        for folder, names in (part for change in kept for part in change):
            _rename_in(left.setdefault(id(folder), dict(folder.safe_names)), names)
        return left

    def _gather(
        self, folder: _Node, path: str, names: dict[int, dict[str, _Node]], chance: random.Random,
        way: str, found: Image,
    ) -> None:  # fmt: skip
        for name, node in names.get(id(folder), folder.safe_names).items():
            if node.is_folder:
                self._gather(node, f"{path}{name}/", names, chance, way, found)
            elif node.pending:
                found[path + name] = self._left_data(node, chance, way)
            else:
                found[path + name] = node.safe

    def _left_data(self, node: _Node, chance: random.Random, way: str) -> bytes:
        chosen = chance.choice(WAYS) if way == "mixed" else way
        kept = _survivors(node.pending, chosen, chance)
        junk = self.strict and chance.random() < 0.2
        return _applied(node.safe, kept, junk=b"\xa5" if junk else b"\0")


def _survivors(
    pending: list[tuple[int, bytes | None]], way: str, chance: random.Random
) -> list[tuple[int, bytes | None]]:
    count = len(pending)
    if way == "none":
        return []
    if way == "all":
        return pending
    if way == "prefix":
        kept = pending[: chance.randint(0, count)]
        return [*kept[:-1], *_torn(kept[-1], chance)] if kept else []
    if way == "one lost":
        lost = chance.randrange(count)
        return [*pending[:lost], *pending[lost + 1 :]]
    if way == "one kept":
        return _torn(chance.choice(pending), chance) if chance.random() < 0.3 else [chance.choice(pending)]
    odds = chance.choice((0.1, 0.5, 0.9))
    some = [write for write in pending if chance.random() < odds]
    return some if way == "some" else [part for write in some for part in _torn(write, chance)]


def _torn(write: tuple[int, bytes | None], chance: random.Random) -> list[tuple[int, bytes | None]]:
    at, data = write
    if data is None:
        return [write]
    edges = [0, *range(SECTOR - at % SECTOR, len(data), SECTOR), len(data)]
    parts = [(start, end) for start, end in pairwise(edges) if end > start]
    if chance.random() < 0.5:
        parts = parts[: chance.randint(0, len(parts))]
    else:
        parts = [part for part in parts if chance.random() < 0.5]
    return [(at + start, data[start:end]) for start, end in parts]


def _applied(safe: bytes, writes: list[tuple[int, bytes | None]], junk: bytes = b"\0") -> bytes:
    content = bytearray(safe)
    for at, data in writes:
        end = at if data is None else at + len(data)
        if data is None and end < len(content):
            del content[end:]
        if end > len(content):
            content += (b"\0" if data is None else junk) * (end - len(content))
        if data is not None:
            content[at:end] = data
    return bytes(content)


def _rename_in(names: dict[str, _Node], change: dict[str, _Node | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _nodes(folder: _Node) -> list[_Node]:
    found = []
    for node in folder.names.values():
        found.append(node)
        if node.is_folder:
            found += _nodes(node)
    return found
