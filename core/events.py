"""Events of the ledger: their kinds, their canonical form, their leaf. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from core.merkle import leaf_hash

VERSION = 1
"""Version of the leaf's field list; old leaves keep theirs for ever."""

KINDS = {
    "company-created": "公司建立",
    "company-changed": "公司资料变更",
    "invoice-queued": "申请开票",
    "invoice-sending": "发往税局",
    "invoice-accepted": "税局已受理",
    "invoice-issued": "开票成功",
    "invoice-rejected": "税局拒绝",
    "invoice-unknown": "结果不明",
    "invoice-parked": "转人工处理",
    "invoice-requeued": "重新排队",
    "invoice-void": "作废申请",
    "invoice-asked": "查询结果",
    "document-stored": "原件入库",
    "house-restored": "从备份恢复",
    "house-reopened": "恢复后核对完毕",
    "stray-found": "税局有而系统无",
    "stray-settled": "差异已核对",
    "module-switched": "模块开关",
    "member-changed": "成员变更",
    "setting-changed": "设置变更",
}
"""Every kind of event with its Chinese title; a plugin's own kinds carry its name: `<plugin>.<kind>`."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a company's ledger.

    :ivar seq: gapless from 1 within the company. :ivar subject: the document or thing it is about.
    :ivar at: wall time, ISO 8601 UTC: a note for people, no decision depends on it.
    :ivar actor: `user:<id>`, `job:<kind>`, `cli:<account>`, …
    """

    seq: int
    kind: str
    subject: str
    body: dict[str, Any]
    at: str
    actor: str


def canonical(value: object) -> bytes:
    """The JSON Canonicalization Scheme (RFC 8785) for what events hold: text, whole numbers, lists, maps.

    :raise TypeError: a float, or a key that is not plain ASCII (whose order the two sortings share).
    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_PLAIN = frozenset({str, int, bool, type(None)})


def _refuse_floats(value: object) -> None:
    if isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and key.isascii()):
                raise TypeError(f"event keys are ASCII text, not {key!r}")
        inner = value.values()
    elif isinstance(value, (list, tuple)):
        inner = value  # type: ignore[assignment]
    elif isinstance(value, float):
        raise TypeError("events hold no floats")
    else:
        return
    for part in inner:
        if type(part) not in _PLAIN:
            _refuse_floats(part)


def leaf(company: str, event: Event, body: bytes) -> bytes:
    """The leaf hash of an event whose body is already canonical."""
    head = canonical(
        {"actor": event.actor, "at": event.at, "company": company, "kind": event.kind,
         "seq": event.seq, "subject": event.subject, "v": VERSION}
    )  # fmt: skip
    return leaf_hash(head + b"\n" + body)
