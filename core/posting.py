"""The one path by which anything is asked to be issued."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core import clock, db, documents, ledger, plugins, registry, rng, scope, states, strays, tasks
from core.channels import Channel
from core.contributions import Actor
from core.documents import Document
from core.errors import Unavailable
from core.events import canonical
from core.invoice import Invoice, calculate, differences
from core.rules import Fault, RuleSet, in_order, refuses
from core.states import State

SEND, ASK = "core.send", "core.ask"

_rule_sets: list[RuleSet] = []
_channels: dict[str, Channel] = {}
_owners: dict[str, str] = {}


def furnish(
    rule_sets: list[RuleSet], channels: list[Channel], owners: Mapping[str, str] | None = None
) -> None:
    """Install what the plugins brought.

    :param owners: the plugin of each rule set and channel, by its name: off with it, off without it.
    """
    _rule_sets[:] = rule_sets
    _channels.clear()
    _channels.update({channel.name: channel for channel in channels})
    _owners.clear()
    _owners.update(owners or {})


def _is_on(name: str) -> bool:
    return name not in _owners or plugins.current().is_on(_owners[name])


def owner_of(name: str) -> str:
    """The plugin that brought a channel or rule set; the name itself where nobody says."""
    return _owners.get(name, name)


def rule_sets() -> list[RuleSet]:
    """Every rule set of the house."""
    return list(_rule_sets)


def channels() -> list[Channel]:
    """Every channel of the house."""
    return list(_channels.values())


def channel(name: str) -> Channel | None:
    """A channel by name; None where its plugin is gone, or off for the scope's company."""
    return _channels.get(name) if _is_on(name) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request to issue.

    :ivar document: the document, where it was taken. :ivar faults: why it was not, or warnings.
    :ivar replayed: the same request was taken before; nothing new happened.
    """

    document: Document | None
    faults: list[Fault] = field(default_factory=list)
    replayed: bool = False


def preview(draft: Invoice, actor: Actor) -> tuple[Invoice, list[Fault]]:
    """Prepare, calculate and check a draft; nothing is stored."""
    invoice, faults = calculate(plugins.current().fold(draft, actor))
    return invoice, in_order(faults + _check_rules(invoice) + plugins.current().check(invoice))


def post(draft: Invoice, key: str, actor: Actor) -> Outcome:
    """Ask for an invoice: all of it durably, or faults and nothing.

    :param key: names this request; repeated with the same draft it gives the same answer, with
        another draft it is refused. The draft's `source`, `source_ref` and `side` are unique for ever.
    :raise Unavailable: issuing is frozen, or no channel is there.
    """
    registry.require_unfrozen()
    fingerprint = hashlib.sha256(canonical(draft.as_dict())).digest()
    invoice, faults = calculate(plugins.current().fold(draft, actor))
    faults += _check_rules(invoice)
    # Writers queue: what needs no row is done before the queue.
    plain = invoice.as_dict()
    with db.transaction():
        earlier = _replay(key, actor, fingerprint)
        if earlier is not None:
            return earlier
        faults += plugins.current().check(invoice)
        if refuses(faults):
            return Outcome(None, in_order(faults))
        taken = _taken(invoice)
        if taken is not None and not _may_replace(taken):
            return _answer_taken(taken, invoice, key, actor, fingerprint)
        document = _insert(invoice, plain, taken, actor)
        _remember(key, actor, fingerprint, document.id)
    return Outcome(document, in_order(faults))


def _check_rules(invoice: Invoice) -> list[Fault]:
    faults: list[Fault] = []
    known = plugins.current()
    for rules in _in_force():
        if (owner := _owners.get(rules.name)) is None or owner in known.bundled:
            faults += rules.check(invoice)
        else:
            faults += known.decide(owner, "rules", list[Fault], rules.check, invoice)
    return faults


def _in_force() -> list[RuleSet]:
    today = clock.today()
    return [rules for rules in _rule_sets if rules.holds_on(today) and _is_on(rules.name)]


def _replay(key: str, actor: Actor, fingerprint: bytes) -> Outcome | None:
    row = db.execute(
        "SELECT fingerprint, document FROM idempotency WHERE principal = ? AND key = ?", actor.label, key
    ).fetchone()
    if row is None:
        return None
    if bytes(row[0]) == fingerprint:
        return Outcome(documents.find_document(row[1]), replayed=True)
    return Outcome(
        None, [_key_fault("CORE-KEY-01", "", "同一次提交的内容前后不一致", "刷新页面后重新填写并提交")]
    )


def _key_fault(code: str, path: str, message: str, remedy: str, **params: object) -> Fault:
    return Fault(
        code, path, message, remedy, "RFC draft: The Idempotency-Key HTTP Header Field §2.6", params=params
    )


def _taken(invoice: Invoice) -> Document | None:
    found = documents.select(
        "source = ? AND source_ref = ? AND side = ? AND replaced_by IS NULL",
        invoice.source, invoice.source_ref, invoice.side,
    )  # fmt: skip
    return found[0] if found else None


def _may_replace(document: Document) -> bool:
    return document.state in (State.REJECTED, State.VOID)


def _answer_taken(taken: Document, invoice: Invoice, key: str, actor: Actor, fingerprint: bytes) -> Outcome:
    # The seller is put on by the house: that its particulars changed meanwhile is no other request.
    different = differences(replace(taken.invoice, seller=invoice.seller), invoice)
    if not different:
        _remember(key, actor, fingerprint, taken.id)
        return Outcome(taken, replayed=True)
    return Outcome(
        taken,
        [
            _key_fault(
                "CORE-KEY-02", path, "单号 %(ref)s 已经申请过开票,且此处内容不同",
                "打开已有的发票核对;确需拆分开票时换一个单号", ref=invoice.source_ref, document=taken.id,
            )
            for path in different[:20]
        ],
    )  # fmt: skip


def _remember(key: str, actor: Actor, fingerprint: bytes, document: str) -> None:
    db.insert(
        "idempotency",
        {
            "principal": actor.label,
            "key": key,
            "fingerprint": fingerprint,
            "document": document,
            "at": clock.stamp(),
        },
    )


def _insert(invoice: Invoice, plain: dict[str, Any], replaced: Document | None, actor: Actor) -> Document:
    chosen = _channel_in_force()
    document, generation = rng.ulid(), replaced.standing.generation + 1 if replaced else 0
    key = invoice.source, invoice.source_ref, invoice.side
    # Issued once already, by a request that a restore forgot: it is asked for, never sent again.
    known = strays.known_of(*key, generation)
    serial, generation = known or (states.serial(scope.company(), *key, generation), generation)
    if replaced:
        db.update("document", {"id": replaced.id}, {"replaced_by": document})
    snapshot = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    now = clock.stamp()
    db.insert(
        "document",
        {"id": document, "source": invoice.source, "source_ref": invoice.source_ref, "side": invoice.side,
         "kind": invoice.kind, "state": State.UNKNOWN if known else State.QUEUED, "version": 1,
         "created_at": now, "snapshot": snapshot, "amount": invoice.amount, "tax": invoice.tax,
         "total": invoice.total, "buyer_name": invoice.buyer.name, "order_no": invoice.order_no,
         "number": None, "issued_at": "", "channel": chosen.name, "simulated": int(chosen.caps.simulated),
         "serial": serial, "generation": generation, "attempts": int(bool(known)), "refused": 0, "asked": 0,
         "reason": "KNOWN-TO-BUREAU" if known else "", "window_boot": "", "window_at": 0.0,
         "replaced_by": None, "actor": actor.label},
    )  # fmt: skip
    ledger.append(
        "invoice-queued", document,
        {"invoice": plain, "serial": serial, "channel": chosen.name, "simulated": chosen.caps.simulated,
         "created_at": now, "replaces": replaced.id if replaced else "",
         "rules": [f"{r.name}@{r.since}" for r in _in_force()]},
        actor.label,
    )  # fmt: skip
    if known:
        ledger.append("invoice-unknown", document, {"serial": serial, "reason": "KNOWN-TO-BUREAU"})
    tasks.enqueue(ASK if known else SEND, document)
    return documents.find_document(document)


def _channel_in_force() -> Channel:
    found = next((way for name, way in _channels.items() if _is_on(name)), None)
    if found is None:
        raise Unavailable("没有可用的开票通道:请管理员启用一个税局通道模块")
    return found
