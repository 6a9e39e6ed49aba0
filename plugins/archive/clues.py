"""What a query asks for, and whether a document answers it and by what. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from core.api import State, lazy, money, qr
from plugins.archive.tokens import Phrase, compact, fold, phrase

LONGEST, MOST_WORDS = 200, 12
"""Characters of a query, and words of it, that are looked at."""

SHORTEST_TAIL, SHORTEST_PART = 4, 3
"""Digits of a number's end, and characters of an order number's part, that are enough."""

STATE_WORDS: dict[State, tuple[str, ...]] = {
    State.QUEUED: ("排队", "排队中", "等待"),
    State.SENDING: ("发送中",),
    State.ACCEPTED: ("税局处理中", "处理中"),
    State.ISSUED: ("已开具", "已开", "已开票", "开具成功", "开票成功"),
    State.REJECTED: ("被拒绝", "已被拒绝", "已拒绝", "税局拒绝"),
    State.UNKNOWN: ("不明", "结果不明", "状态不明"),
    State.PARKED: ("待人工处理", "待人工", "转人工"),
    State.VOID: ("已撤回", "撤回", "已作废", "作废"),
}
NOT_ISSUED = frozenset(State) - {State.ISSUED, State.VOID}
_NOT_ISSUED_WORDS = ("未开", "未开具", "未开票", "没开")
_TODAY, _YESTERDAY = ("今天", "today"), ("昨天", "yesterday")

CLUES = (
    lazy("发票号码,或末尾至少 4 位"), lazy("订单号,或其中一段"), lazy("金额:1060、1,060.00、¥1060"),
    lazy("日期:2026-11-24、20261124、11月24日、今天"), lazy("购买方名称中的一两个字,或税号"),
    lazy("项目名称、规格、备注、开票人"), lazy("状态:已开具、不明、被拒绝、未开票"), lazy("发票二维码的文字"),
)  # fmt: skip
"""What can be asked for, as told to people."""

_DATES = (
    re.compile(r"(?P<y>20[0-9]{2})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})[日号]?"),
    re.compile(r"(?P<y>20[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
    re.compile(r"(?P<y>20[0-9]{2})[-/.年](?P<m>[0-9]{1,2})月?"),
    re.compile(r"(?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})[日号]?"),
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query, and everything it may mean.

    :ivar day: `20261124`, `202611` or `1124` (any year). :ivar tail: the end of a number.
    :ivar part: letters and digits of an order number or mobile number.
    :ivar states: the states it names; such a word means nothing else.
    """

    phrase: Phrase | None = None
    amount: money.Fen | None = None
    day: str = ""
    tail: str = ""
    part: str = ""
    states: frozenset[State] = frozenset()


def parse(query: str, today: date) -> list[Word]:
    """The words of a query; what nothing could be found by is left out."""
    text = query[:LONGEST].replace("\0", " ").strip()
    try:
        words = [Word(tail=qr.read(text).number)]
    except ValueError:
        words = [_word(raw, today) for raw in text.split()[:MOST_WORDS]]
    return [word for word in words if word != Word()]


def _word(raw: str, today: date) -> Word:
    plain = fold(raw).text
    states = _states(plain)
    if states:
        return Word(states=states)
    digits = plain if plain.isascii() and plain.isdigit() else ""
    part = compact(raw).text
    return Word(
        phrase=phrase(raw), amount=_amount(plain), day=_day(plain, today),
        tail=digits if SHORTEST_TAIL <= len(digits) <= 20 else "",
        part=part if len(part) >= SHORTEST_PART and not re.search(r"[\u3400-\u9fff]", part) else "",
    )  # fmt: skip


def _states(plain: str) -> frozenset[State]:
    if plain in _NOT_ISSUED_WORDS:
        return NOT_ISSUED
    return frozenset(state for state, words in STATE_WORDS.items() if plain in words or plain == state)


def _amount(plain: str) -> money.Fen | None:
    try:
        return money.parse_yuan(plain.removesuffix("元"))
    except ValueError:
        return None


def _day(plain: str, today: date) -> str:
    if plain in _TODAY or plain in _YESTERDAY:
        return f"{today - timedelta(days=plain in _YESTERDAY):%Y%m%d}"
    for shape in _DATES:
        found = shape.fullmatch(plain)
        if found:
            given = {"y": "", "m": "", "d": ""} | found.groupdict()
            try:
                date(int(given["y"] or 2024), int(given["m"]), int(given["d"] or 1))
            except ValueError:
                return ""
            return given["y"] + given["m"].zfill(2) + (given["d"].zfill(2) if given["d"] else "")
    return ""


def same_day(wanted: str, day: str) -> bool:
    """Whether a day (ISO) is the one, in the month, or on the date of any year that is wanted."""
    plain = day.replace("-", "")
    return bool(wanted and plain) and {
        8: plain == wanted, 6: plain.startswith(wanted), 4: plain.endswith(wanted),
    }.get(len(wanted), False)  # fmt: skip
