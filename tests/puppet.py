"""A channel that answers as the test says, and a bureau's ledger to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.channels import Accepted, Answer, ChannelCaps, File, Issued, Listed, NotFound, Order

Script = Callable[[Order], Answer | Exception]

STRONG = ChannelCaps(
    idempotent_by_serial=True, query="strong", settle_seconds=60, listing=True, asynchronous=True, batch=50,
    simulated=True,
)  # fmt: skip


@dataclass
class PuppetChannel:
    """`on_submit` and `on_query` decide the answers; by default the bureau issues at once when asked."""

    caps: ChannelCaps = STRONG
    name: str = "puppet"
    title: str = "木偶税局"
    books: dict[str, list[Issued]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    on_submit: Script | None = None
    on_query: Script | None = None

    def execute(self, order: Order) -> Issued:
        """The bureau issues; a serial it knows gives the same invoice where it is idempotent."""
        mine = self.books.setdefault(order.serial, [])
        if not mine or not self.caps.idempotent_by_serial:
            number = f"26110{sum(map(len, self.books.values())) + 1:015d}"
            invoice = order.invoice
            mine.append(
                Issued(
                    order.serial, number, "2026-11-24T10:00:00+08:00", invoice.seller.tax_id,
                    invoice.buyer.name, invoice.total, (File(f"{number}.xml", "application/xml", b"<x/>"),),
                )
            )  # fmt: skip
        return mine[0]

    def submit(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        self.sent += [order.serial for order in orders]
        return [self._say(self.on_submit or self._accept, order) for order in orders]

    def query(self, company: str, orders: Sequence[Order]) -> Sequence[Answer]:
        return [self._say(self.on_query or self._look_up, order) for order in orders]

    def listing(self, company: str, since: str, until: str) -> Sequence[Listed]:
        return [
            Listed(made.number, made.serial, made.issued_at, made.buyer_name, made.total)
            for found in self.books.values()
            for made in found
            if since <= made.issued_at[:10] <= until
        ]

    def _accept(self, order: Order) -> Answer:
        self.execute(order)
        return Accepted()

    def _look_up(self, order: Order) -> Answer:
        found = self.books.get(order.serial)
        return found[0] if found else NotFound()

    @staticmethod
    def _say(script: Script, order: Order) -> Answer:
        answer = script(order)
        if isinstance(answer, Exception):
            raise answer
        return answer
