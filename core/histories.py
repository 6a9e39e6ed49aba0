"""What the events of one document tell: what its row must say after the last of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.states import State

KNOWN = "KNOWN-TO-BUREAU"
"""Reason of a document whose serial the bureau had already: see `states.remembered`."""

_STATES = {
    "invoice-sending": State.SENDING, "invoice-accepted": State.ACCEPTED, "invoice-issued": State.ISSUED,
    "invoice-rejected": State.REJECTED, "invoice-unknown": State.UNKNOWN, "invoice-parked": State.PARKED,
    "invoice-requeued": State.QUEUED, "invoice-void": State.VOID,
}  # fmt: skip


@dataclass
class History:
    """What the events of one document tell, up to the last of them. Sets hold every value they allow."""

    first: dict[str, Any] = field(default_factory=dict)
    at: str = ""
    actor: str = ""
    states: set[State] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)
    attempts: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=lambda: {0})
    serial: str = ""
    number: str = ""
    issued_at: str = ""
    steps: int = 0
    digests: list[str] = field(default_factory=list)

    def hear(self, kind: str, body: dict[str, Any], at: str, actor: str) -> None:
        """Take in the next event."""
        if kind == "invoice-queued":
            self.first, self.at, self.actor, self.serial = body, at, actor, body["serial"]
            self.states, self.reasons, self.attempts = {State.QUEUED}, {""}, {0}
            return
        if kind not in _STATES:
            return
        self.digests += [file["digest"] for file in body.get("files", ())]
        self.digests += [body["answer"]] if "answer" in body else []
        before, state = self.states, _STATES[kind]
        self.serial, self.states, self.steps = body["serial"], {state}, self.steps + 1
        self.reasons = {body.get("reason", "")}
        if kind == "invoice-sending":
            self.attempts, self.reasons = {body["attempt"]}, {""}
        elif kind == "invoice-requeued" and "before" in body:
            # A person's decision; the bureau may know the new serial from before a restore.
            self.states, self.reasons = {State.QUEUED, State.UNKNOWN}, {"", KNOWN}
            self.attempts, self.refused = {0, 1}, {0}
        elif kind == "invoice-requeued" and State.SENDING in before:
            self.attempts = {0}
        elif kind == "invoice-issued":
            self.number, self.issued_at = body["number"], body["issued_at"]
        elif kind == "invoice-void":
            self.reasons = {"WITHDRAWN"}
        elif kind == "invoice-unknown":
            self._unknown(body)
        self._refusal(state, body, actor, State.SENDING in before)

    def _unknown(self, body: dict[str, Any]) -> None:
        if body["reason"] == "NUMBER-TAKEN":
            self.reasons.add("SENDER-LOST")
        if body["reason"] == KNOWN:
            self.attempts = {max(1, *self.attempts)}

    def _refusal(self, state: State, body: dict[str, Any], actor: str, in_flight: bool) -> None:
        # Where an earlier send may live, a refusal is only noted (rule 3). While a send is in flight, that
        # it never left reads alike; the answer to a question changes something only where it is a refusal.
        if max(self.attempts) > 1 and "said" in body:
            self.refused = self.refused | {1} if in_flight else {1}
        elif actor == "job:ask" and state is State.REJECTED and "said" not in body:
            self.refused = {1}
        if 1 in self.refused and state in (State.UNKNOWN, State.PARKED):
            # A second refusal replaces the code of the first without an event.
            self.reasons = set()

    def facts(self) -> dict[str, Any]:
        """The columns that have exactly one right value, with it."""
        invoice = self.first["invoice"]
        facts = {
            name: invoice[name]
            for name in ("source", "source_ref", "side", "kind", "amount", "tax", "order_no")
        }
        facts |= {"total": invoice["amount"] + invoice["tax"], "buyer_name": invoice["buyer"]["name"]}
        facts |= {"channel": self.first["channel"], "serial": self.serial, "actor": self.actor}
        facts |= {"number": self.number or None, "issued_at": self.issued_at}
        # Events of the first release do not name these.
        return facts | {name: self.first[name] for name in ("created_at", "simulated") if name in self.first}
