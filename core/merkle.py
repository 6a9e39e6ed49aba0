"""The Merkle tree of RFC 9162 §2.1: roots, proofs and their checks. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(content: bytes) -> bytes:
    """SHA-256(0x00 ‖ content)."""
    return hashlib.sha256(b"\0" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    growing = Range()
    for leaf in leaves:
        growing.add(leaf)
    return growing.root()


class Range:
    """A growing tree in O(log n) memory: the hashes of its perfect left subtrees, largest first."""

    def __init__(self, size: int = 0, nodes: bytes = b"") -> None:
        self.size = size
        self.nodes = [nodes[i : i + 32] for i in range(0, len(nodes), 32)]
        if len(nodes) != 32 * size.bit_count():
            raise ValueError("the nodes do not belong to a tree of this size")

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        self.size += 1
        self.nodes.append(leaf)
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self.nodes.pop()
            self.nodes.append(node_hash(self.nodes.pop(), right))

    def root(self) -> bytes:
        """The root of the tree so far; SHA-256 of nothing while it is empty."""
        if not self.nodes:
            return hashlib.sha256(b"").digest()
        value = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            value = node_hash(left, value)
        return value

    def packed(self) -> bytes:
        """The nodes as stored."""
        return b"".join(self.nodes)


def inclusion(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The proof that leaf `index` is in the tree, nearest sibling first."""
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*inclusion(index, leaves[:split]), root(leaves[split:])]
    return [*inclusion(index - split, leaves[split:]), root(leaves[:split])]


def includes(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether the proof shows that the tree of `size` leaves with this root holds the leaf at `index`."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            value = node_hash(sibling, value)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and value == expected
