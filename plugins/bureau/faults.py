"""The faults the simulated bureau can be told to have: what each is, and whether it strikes now.

Chance is a function of seed, fault and count, so that the same calls meet the same faults again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from plugins.bureau import protocol

Number = int | float


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault there can be.

    :ivar how: `chance` strikes by rate or every nth time; `value` holds while it is not zero.
    :ivar title: what it is called on the fault page, Chinese. :ivar help: what it does, Chinese.
    :ivar most: the largest value. :ivar extra: further fields of it with their defaults.
    """

    name: str
    how: Literal["chance", "value"]
    title: str
    help: str
    most: Number = 1
    extra: tuple[tuple[str, Number | str], ...] = ()


_ALL = (
    Kind("latency_ms", "value", "应答延迟", "每次应答前等待的毫秒数", 60_000),
    Kind("drop_request", "chance", "丢失请求", "收到请求但不执行,也不应答"),
    Kind("drop_answer", "chance", "丢失应答", "已经开票,但应答没有送达"),
    Kind("drop_connection", "chance", "连接中断", "整次调用执行之后断开连接"),
    Kind(
        "execute_late", "chance", "延迟执行", "当时不应答,若干秒之后才真正开票", extra=(("seconds", 5),)
    ),
    Kind("duplicate_callback", "chance", "重复回调", "同一个回调通知发送两次"),
    Kind("callback_first", "chance", "回调早于应答", "先发回调通知,再应答开票请求"),
    Kind("wrong_company", "chance", "串户", "查询结果里是另一家企业的发票"),
    Kind("garbage", "chance", "乱码应答", "应答是网页、残缺的报文或中途断开"),
    Kind(
        "down_until", "value", "宕机", "在此之前一律不提供服务", 10**11, extra=(("mode", "503"),)
    ),
    Kind("settle_seconds", "value", "查询滞后", "开票之后若干秒内仍答复查无此流水号", 86_400),
    Kind("out_of_credit", "value", "额度用尽", "所有开票申请都因授信额度不足被退回"),
    Kind(
        "refuse", "chance", "拒绝开票", "按选定的原因拒绝",
        extra=(("reason", protocol.BUYER_ID), ("late", 0)),
    ),
    Kind("busy", "chance", "请求过于频繁", "整次调用被限流退回,什么也没有执行"),
    Kind("believe_caller_clock", "value", "采用来方时钟", "开票时间取自请求的时间戳,用来补演示历史"),
)  # fmt: skip

KINDS = {kind.name: kind for kind in _ALL}
"""Every fault by its name."""

PROFILE: dict[str, int] = {"delay_ms": 800, "idempotent": 1, "token_seconds": 7200}
"""How the bureau is when nothing is wrong: seconds of work, keeping serials apart, life of a token."""


class Faults:
    """The faults in force, and how often each struck."""

    def __init__(self, seed: str, profile: dict[str, int] | None = None) -> None:
        self._lock = Lock()
        self._usual = PROFILE | (profile or {})
        self.seed = seed
        self._calm()

    def _calm(self) -> None:
        self._set: dict[str, dict[str, Number | str]] = {name: _calm(kind) for name, kind in KINDS.items()}
        self.profile = dict(self._usual)
        self._seen: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def strikes(self, name: str) -> bool:
        """Whether a fault of chance strikes this time; each question counts."""
        with self._lock:
            chance = self._set[name]
            every, rate = chance["every"], chance["rate"]
            if not every and not rate:
                return False
            self._seen[name] += 1
            seen = self._seen[name]
            struck = bool(every) and seen % int(every) == 0
            if not struck and rate:
                drawn = hashlib.sha256(f"{self.seed}\n{name}\n{seen}".encode()).digest()
                struck = int.from_bytes(drawn[:6], "big") < float(rate) * (1 << 48)
            self.counts[name] += struck
            return struck

    def value(self, name: str) -> float:
        """The value of a fault that has one."""
        return float(self._set[name]["value"])

    def extra(self, name: str, key: str) -> Number | str:
        """A further field of a fault."""
        return self._set[name][key]

    def count(self, name: str) -> None:
        """Note that a fault with a value took effect."""
        with self._lock:
            self.counts[name] += 1

    def as_dict(self) -> dict[str, Any]:
        """Everything, as the JSON of `GET /api/faults`."""
        with self._lock:
            faults = {name: dict(fields) for name, fields in self._set.items()}
            counts = {name: self.counts[name] for name in KINDS}
            return {"seed": self.seed, "profile": dict(self.profile), "faults": faults, "counts": counts}

    def change(self, wanted: dict[str, Any], now: float) -> None:
        """Take over the JSON of `POST /api/faults`; what it does not name stays.

        :raise ValueError: a fault, field or value that there is not; nothing is changed then.
        """
        changed = {name: _read(name, fields, now) for name, fields in wanted.get("faults", {}).items()}
        profile = {name: _profile(name, value) for name, value in wanted.get("profile", {}).items()}
        if unknown := set(wanted) - {"faults", "profile", "seed", "reset", "counts"}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        with self._lock:
            if wanted.get("reset"):
                self._calm()
            if "seed" in wanted:
                self.seed = str(wanted["seed"])
                self._seen.clear()
            self.profile |= profile
            for name, fields in changed.items():
                # What was not said of a fault that is set anew is as calm as before.
                self._set[name] = _calm(KINDS[name]) | fields
                self._seen[name] = 0

    def dump(self) -> str:
        """What outlives a restart: all but the counts, and of the profile what is not as usual."""
        whole = self.as_dict()
        unusual = {key: value for key, value in self.profile.items() if value != self._usual[key]}
        return json.dumps({"seed": whole["seed"], "faults": whole["faults"], "profile": unusual})


def _calm(kind: Kind) -> dict[str, Number | str]:
    fields: dict[str, Number | str] = {"value": 0} if kind.how == "value" else {"rate": 0, "every": 0}
    return fields | dict(kind.extra)


def _read(name: str, fields: dict[str, Any], now: float) -> dict[str, Number | str]:
    if name not in KINDS:
        raise ValueError(f"unknown fault {name}")
    kind, read = KINDS[name], dict(fields)
    if name == "down_until" and "seconds" in read:
        seconds = _number(name, read.pop("seconds"), 86_400)
        read["value"] = now + seconds if seconds else 0
    if unknown := set(read) - set(_calm(kind)):
        raise ValueError(f"{name} has no {', '.join(sorted(unknown))}")
    most = {"rate": 1, "every": 10**9, "value": kind.most, "seconds": 86_400, "late": 1}
    for key in read:
        if key in most:
            read[key] = _number(f"{name}.{key}", read[key], most[key])
    if read.get("reason", protocol.BUYER_ID) not in protocol.REFUSALS:
        raise ValueError("refuse.reason is no refusal")
    if read.get("mode", "503") not in ("503", "close"):
        raise ValueError("down_until.mode is 503 or close")
    return read


def _profile(name: str, value: Any) -> int:
    if name not in PROFILE:
        raise ValueError(f"unknown profile field {name}")
    return int(_number(name, value, 86_400_000))


def _number(name: str, value: Any, most: Number) -> Number:
    number: Number = int(value) if isinstance(value, bool) else value
    if not isinstance(number, (int, float)) or not 0 <= number <= most:
        raise ValueError(f"{name} is a number from 0 to {most}")
    return number
