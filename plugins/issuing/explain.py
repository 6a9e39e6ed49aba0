"""Where a document stands, in plain words: what happened, who acts next, and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.api import Actor, Document, Event, State, _, clock, lazy, ledger

MOVING = frozenset({State.QUEUED, State.SENDING, State.ACCEPTED, State.UNKNOWN})
"""States that change without anybody's doing."""

ATTENTION = (State.UNKNOWN, State.PARKED)
_SETTLED = frozenset({State.ACCEPTED, State.ISSUED, State.VOID})
"""States that what the bureau said before has no bearing on."""
FINAL = frozenset({State.ISSUED, State.REJECTED, State.VOID})

PAUSES = (0.5, 0.5, 1, 1, 2, 2, 5)
"""Seconds between looks at a document that moves."""

_TEXTS: dict[State, str] = {
    State.QUEUED: lazy("申请已安全保存,正在排队发往税局。现在关闭页面也不会丢失。"),
    State.SENDING: lazy("正在发往税局,等待应答。"),
    State.ACCEPTED: lazy("税局已受理,正在开具。通常几秒内完成,结果会自动显示在这里。"),
    State.ISSUED: lazy("税局已开具,号码和原件已保存。"),
    State.REJECTED: lazy("税局没有开具这张发票,什么都没有发生。改正后可以重新申请。"),
    State.UNKNOWN: lazy("税局没有给出结果,系统会继续查询;请勿重复开具。"),
    State.PARKED: lazy(
        "系统多次查询仍无法确认税局是否开具,需要人来判断。请先在税局平台上核对,再选择下面的操作。"
    ),
    State.VOID: lazy("申请已撤回,没有开具发票。"),
}
_REASONS = {
    "NO-CREDIT": lazy("税局的总授信额度不足。系统会按时重试;如需尽快开具,请在税局平台申请调整额度。"),
    "TOO-FAST": lazy("税局限制了请求频率,稍后自动重发。"),
    "CHANNEL-DOWN": lazy("暂时连不上税局,什么都没有发出;恢复后自动发送。"),
    "CHANNEL-REFUSED": lazy("税局没有接受本系统的连接凭证,请管理员检查通道设置;之后自动重发。"),
    "SELLER-UNKNOWN": lazy("税局还没有登记销售方,正在登记后重发。"),
    "NO-ANSWER": lazy("申请已发出,但没有等到税局的应答:可能已开具,也可能没有。"),
    "TIMEOUT": lazy("申请已发出,但没有等到税局的应答:可能已开具,也可能没有。"),
    "GARBLED": lazy("税局的应答残缺或只说服务暂停,无法据此判断结果;应答原文已保存。"),
    "FOREIGN-ANSWER": lazy("税局的应答不是这张发票的内容,不予采信;应答原文已保存。"),
    "MISMATCH": lazy("税局的应答不是这张发票的内容,不予采信;应答原文已保存。"),
    "SERIAL-EXISTS": lazy("税局说这个流水号已经存在:之前的一次发送可能已成功,正在查实。"),
    "UNCERTAIN": lazy("税局自己也不确定这次处理的结果。"),
    "SENDER-LOST": lazy("发送途中程序中断过,是否已到达税局不得而知。"),
    "CHANNEL-FAILED": lazy("通道模块出错,是否已到达税局不得而知。"),
    "NOT-FOUND": lazy("税局多次答复查无此流水号。"),
    "CANNOT-ASK": lazy("这条通道不支持查询结果。"),
    "WITHDRAWN": lazy("由人工撤回。"),
}
_OWNERS = {
    State.UNKNOWN: lazy("系统自动处理"), State.PARKED: lazy("财务人员"), State.REJECTED: lazy("申请人"),
    State.QUEUED: lazy("系统自动处理"), State.SENDING: lazy("系统自动处理"), State.ACCEPTED: lazy("税局"),
}  # fmt: skip
_NEXT = {
    State.QUEUED: lazy("自动发送"), State.SENDING: lazy("等待应答"), State.ACCEPTED: lazy("自动查询结果"),
    State.UNKNOWN: lazy("继续自动查询,有结果立即显示;等不及可以现在查询一次"),
    State.PARKED: lazy("先再查询一次;确认税局没有这张发票后,再换流水号重开或撤回"),
    State.REJECTED: lazy("按税局的说法改正,重新申请"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page says of a document.

    :ivar said: the bureau's own words, where it gave any. :ivar since: the moment of the last step.
    :ivar owner: who acts next. :ivar following: what comes next.
    """

    text: str
    reason: str
    said: str
    since: str
    age: str
    owner: str
    following: str


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a document's history."""

    event: Event
    title: str
    who: str
    note: str
    state: str


def standing(document: Document, events: list[Event]) -> Standing:
    """Say where a document is and what comes next."""
    state, last = document.state, events[-1].at if events else document.created_at
    reason = _REASONS.get(document.reason, "")
    return Standing(
        text=_(_TEXTS[state]), reason=_(reason) if reason else "", said=said(events, state), since=last,
        age=age(last), owner=_(_OWNERS[state]) if state in _OWNERS else "",
        following=_(_NEXT[state]) if state in _NEXT else "",
    )  # fmt: skip


def said(events: list[Event], state: State) -> str:
    """The bureau's last words, if it used any and they still matter."""
    if state in _SETTLED:
        return ""
    words = next((str(event.body["said"]) for event in reversed(events) if event.body.get("said")), "")
    return _(words)


def age(stamp: str) -> str:
    """How long ago a moment was, in words."""
    seconds = int((clock.now() - datetime.fromisoformat(stamp)).total_seconds())
    if seconds < 60:
        return _("不到 1 分钟")
    if seconds < 3600:
        return _("%(n)s 分钟", n=seconds // 60)
    return _("%(n)s 小时", n=seconds // 3600) if seconds < 86_400 else _("%(n)s 天", n=seconds // 86_400)


def pause(tick: int) -> str:
    """How long a page waits before its next look, as htmx writes it."""
    return f"{int(PAUSES[max(0, min(tick, len(PAUSES) - 1))] * 1000)}ms"


def history(events: list[Event], me: Actor | None = None) -> list[Step]:
    """A document's events, as a timeline tells them to this user."""
    return [
        Step(event, _(ledger.title(event.kind)), _who(event, me), _note(event), _state(event))
        for event in events
    ]


def _who(event: Event, me: Actor | None) -> str:
    if me is not None and event.actor == me.label:
        return me.name
    if event.kind == "invoice-queued" and event.body.get("invoice", {}).get("drawer"):
        return str(event.body["invoice"]["drawer"])
    kind, _colon, name = event.actor.partition(":")
    if kind == "job" or not name:
        return _("系统")
    return _("命令行") if name == "cli" else _("公司成员")


def _note(event: Event) -> str:
    body = event.body
    if event.kind == "invoice-sending":
        return _("流水号 %(serial)s,第 %(n)s 次发送", serial=body.get("serial", ""), n=body.get("attempt", 1))
    if event.kind == "invoice-requeued" and body.get("before"):
        return _(
            "原流水号 %(before)s 作废,换用 %(serial)s", before=body["before"], serial=body.get("serial", "")
        )
    if body.get("number"):
        return _("发票号码 %(number)s", number=body["number"])
    words = _REASONS.get(str(body.get("reason", "")), "")
    return " ".join(
        part
        for part in (_(words) if words else str(body.get("reason", "")), _(str(body.get("said", ""))))
        if part
    )


def _state(event: Event) -> str:
    name = event.kind.removeprefix("invoice-")
    return {"requeued": "queued"}.get(name, name) if event.kind.startswith("invoice-") else ""
