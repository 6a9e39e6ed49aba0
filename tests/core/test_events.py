"""Events: one form of bytes for one content, and a leaf that covers all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.events import KINDS, Event, canonical, leaf
from core.merkle import leaf_hash

QUICK = settings(deadline=None, max_examples=80)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = st.text(st.characters(max_codepoint=127), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=10,
)
EVENT = Event(7, "invoice-issued", "01JD", {"total": 33900}, "2026-11-24T02:00:00.000+00:00", "user:1")


def rfc8785(value: Any) -> str:
    """The canonical form by the letter of RFC 8785 §3.2, for what events hold."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_character(c) for c in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(rfc8785(inner) for inner in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{rfc8785(name)}:{rfc8785(value[name])}" for name in names) + "}"


def _character(c: str) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return short.get(c) or (f"\\u{ord(c):04x}" if c < " " else c)


@QUICK
@given(values)
def test_the_bytes_are_those_of_the_standard(value: Any) -> None:
    assert canonical(value).decode() == rfc8785(value)


@QUICK
@given(values)
def test_reading_and_writing_again_gives_the_same_bytes(value: Any) -> None:
    once = canonical(value)
    assert json.loads(once) == value
    assert canonical(json.loads(once)) == once


def test_known_bytes() -> None:
    value = {"peach": "桃", "a": [1, True, None, "\u2028\x7f€"], "\x1f": '\x1f\\"/', "A": {"b": {}, "a": []}}
    assert canonical(value).decode() == (
        '{"\\u001f":"\\u001f\\\\\\"/","A":{"a":[],"b":{}},"a":[1,true,null,"\u2028\x7f€"],"peach":"桃"}'
    )


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        float("inf"),
        [0.1],
        {"a": 0.1},
        {"a": [{"b": (1, 2.5)}]},
        {"桃": 1},
        {1: "a"},
        {None: 1},
        {"a": {"é": 1}},
    ],
)
def test_what_two_machines_could_write_differently_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@pytest.mark.parametrize("value", [{"a": b"x"}, {"a": {1, 2}}, object()])
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_half_a_pair_is_refused() -> None:
    with pytest.raises(ValueError):
        canonical({"a": "\ud800"})


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, seq=8), replace(EVENT, kind="invoice-queued"), replace(EVENT, subject="01JE"),
        replace(EVENT, at="2026-11-24T02:00:00.001+00:00"), replace(EVENT, actor="user:2"),
    ],
)  # fmt: skip
def test_a_leaf_covers_every_field(other: Event) -> None:
    body = canonical(EVENT.body)
    assert leaf("c1", EVENT, body) == leaf("c1", EVENT, body)
    assert leaf("c1", EVENT, body) != leaf("c1", other, body)
    assert leaf("c1", EVENT, body) != leaf("c2", EVENT, body)
    assert leaf("c1", EVENT, body) != leaf("c1", EVENT, canonical({"total": 33901}))


def test_the_leaf_of_a_known_event_never_changes() -> None:
    head = (
        b'{"actor":"user:1","at":"2026-11-24T02:00:00.000+00:00","company":"c1","kind":"invoice-issued",'
        b'"seq":7,"subject":"01JD","v":1}'
    )
    assert leaf("c1", EVENT, canonical(EVENT.body)) == leaf_hash(head + b'\n{"total":33900}')


def test_kinds_have_titles_and_are_words() -> None:
    assert all(kind.isascii() and "." not in kind and title for kind, title in KINDS.items())
