"""The Merkle tree against the published vectors and a second, slower reading of RFC 6962."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.merkle import Range, includes, inclusion, leaf_hash, node_hash, root

CONTENTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(b"leaf %d" % number) for number in range(70)]


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(2**power for power in range(20) if 2**power < len(leaves))
    return hashlib.sha256(b"\x01" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots(size: int) -> None:
    assert root([leaf_hash(content) for content in CONTENTS[:size]]).hex() == ROOTS[size - 1]


def test_leaves_and_nodes_are_told_apart() -> None:
    assert leaf_hash(b"").hex() == ROOTS[0]
    assert node_hash(b"a", b"b") == hashlib.sha256(b"\x01ab").digest()
    assert leaf_hash(b"\x01ab") != node_hash(b"a", b"b")


@pytest.mark.parametrize("size", range(71))
def test_every_root_is_that_of_the_standard(size: int) -> None:
    assert root(LEAVES[:size]) == slow_root(LEAVES[:size])


@pytest.mark.parametrize("size", range(1, 71))
def test_every_leaf_is_proven(size: int) -> None:
    top = root(LEAVES[:size])
    for index in range(size):
        proof = inclusion(index, LEAVES[:size])
        assert len(proof) <= (size - 1).bit_length()
        assert includes(index, size, LEAVES[index], proof, top)


@settings(deadline=None, max_examples=120)
@given(st.integers(1, 69), st.data())
def test_a_forged_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    top, proof, leaf = root(LEAVES[:size]), inclusion(index, LEAVES[:size]), LEAVES[index]
    assert not includes(index, size, leaf_hash(b"another"), proof, top)
    assert not includes(index, size, leaf, proof, leaf_hash(b"another"))
    assert not includes(index, size, leaf, [*proof, LEAVES[69]], top)
    assert not includes(
        data.draw(st.integers(0, size + 3).filter(lambda n: n != index)), size, leaf, proof, top
    )
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        flipped = bytes([proof[place][0] ^ 1]) + proof[place][1:]
        assert not includes(index, size, leaf, [*proof[:place], flipped, *proof[place + 1 :]], top)
        assert not includes(index, size, leaf, [*proof[:place], *proof[place + 1 :]], top)


def test_an_inner_node_is_no_leaf() -> None:
    a, b, c, d = LEAVES[:4]
    top = node_hash(node_hash(a, b), node_hash(c, d))
    assert not includes(0, 4, node_hash(a, b), [node_hash(c, d)], top)
    assert not includes(0, 1, b, [a], node_hash(a, b))


@pytest.mark.parametrize("index", [-1, 1, 5])
def test_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    assert not includes(index, 1, LEAVES[0], [], LEAVES[0])


def test_an_empty_tree_proves_nothing() -> None:
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert not includes(0, 0, LEAVES[0], [], root([]))


@pytest.mark.parametrize("size", range(70))
def test_a_growing_tree_is_stored_and_goes_on(size: int) -> None:
    growing = Range()
    for leaf in LEAVES[:size]:
        growing.add(leaf)
    assert len(growing.packed()) == 32 * size.bit_count()
    again = Range(growing.size, growing.packed())
    again.add(LEAVES[size])
    assert again.root() == slow_root(LEAVES[: size + 1])


@pytest.mark.parametrize(("size", "nodes"), [(1, b""), (0, b"x" * 32), (3, b"x" * 32), (2, b"x" * 64)])
def test_nodes_of_another_size_are_refused(size: int, nodes: bytes) -> None:
    with pytest.raises(ValueError):
        Range(size, nodes)


@pytest.mark.parametrize("cut", [1, 31, 33, 63])
def test_damaged_nodes_are_refused(cut: int) -> None:
    growing = Range()
    for leaf in LEAVES[:3]:
        growing.add(leaf)
    with pytest.raises(ValueError):
        Range(3, growing.packed()[:cut])
