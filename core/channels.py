"""What a channel to a tax bureau is, what it is asked and what it may answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from core.invoice import Invoice
from core.money import Fen


@dataclass(frozen=True, slots=True)
class ChannelCaps:
    """What a channel declares of itself; core chooses its policy by it (reliability §7.2).

    :ivar idempotent_by_serial: the same serial twice makes the same invoice.
    :ivar query: how far "not found" can be believed once the settle window is over.
    :ivar settle_seconds: how long an ambiguous call may still take effect.
    :ivar ask_after: seconds after which the outcome of an accepted call is asked for.
    :ivar batch: orders per call, at most.
    """

    idempotent_by_serial: bool
    query: Literal["strong", "eventual", "heuristic", "none"]
    settle_seconds: float
    preassigned_number: bool = False
    listing: bool = False
    listing_lag_seconds: int = 0
    list_max_days: int = 0
    serial_re: str = "[A-Z2-7]{20}"
    asynchronous: bool = False
    ask_after: float = 1.0
    batch: int = 1
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """One document on its way to the bureau. The serial is fixed before the first send."""

    document: str
    serial: str
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class File:
    """A file as received: name, media type, bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Issued:
    """The bureau says: issued, under this number, with these facts."""

    serial: str
    number: str
    issued_at: str
    seller_tax_id: str
    buyer_name: str
    total: Fen
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The bureau has it and is working; the outcome will be asked for."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The bureau says no. Provisional while an earlier attempt may live."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly nothing happened (no connection, out of credit, too many calls): try again later.

    :ivar wait: seconds before the next try.
    """

    code: str
    reason: str
    wait: float = 5.0


@dataclass(frozen=True, slots=True)
class NotFound:
    """The bureau does not know the serial; proves nothing before the settle window is over."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A timeout, a broken or foreign answer: it may have happened or not."""

    reason: str
    raw: bytes = b""


Answer = Issued | Accepted | Refused | NotSent | NotFound | Ambiguous


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the bureau's own list of a company's invoices."""

    number: str
    serial: str
    issued_at: str
    buyer_name: str
    total: Fen
    extra: dict[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """A way to a tax bureau. Whatever it raises counts as `Ambiguous` for every order of the call."""

    name: str
    title: str
    caps: ChannelCaps

    def submit(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        """Ask for invoices; one answer per order, in their order."""

    def query(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        """Ask what became of orders sent before; one answer per order."""

    def listing(self, company: str, since: str, until: str) -> Sequence[Listed]:
        """The bureau's list of what it issued for the company between two dates, both included."""


def matches(order: Order, answer: Issued) -> bool:
    """Whether an answer is about this very order: serial, seller, buyer and total, all exact."""
    invoice = order.invoice
    return (
        answer.serial == order.serial
        and answer.seller_tax_id == invoice.seller.tax_id
        and answer.buyer_name == invoice.buyer.name
        and answer.total == invoice.total
    )
