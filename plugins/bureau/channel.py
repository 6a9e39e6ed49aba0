"""The channel to the simulated bureau: orders out, answers in, each mapped to what it certainly means."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from core.api import channels, net, rows, taxpayer
from plugins.bureau import protocol
from plugins.bureau.protocol import TEXTS
from plugins.bureau.session import Garbled, Session

NAME = "bureau"

BATCH = 50
"""Orders per call."""

_WAITS = {protocol.NO_CREDIT: ("NO-CREDIT", 60.0), protocol.TOO_FAST: ("TOO-FAST", 5.0)}
_GATE = frozenset({protocol.SIGNATURE, protocol.TOKEN, protocol.STALE, protocol.REPLAYED})


class BureauChannel:
    """`core.api.Channel` over HTTP.

    :param session: how to reach the bureau. :param settle_seconds: how long an unclear call may still
        take effect; not shorter than the latest execution that is simulated.
    :param callback: where the bureau calls back; empty for nowhere.
    :param register: put a seller it does not know on its register, since no real office does it here.
    :param ask_after: seconds after which an accepted order's outcome can be expected.
    """

    name = NAME
    title = "模拟税局"

    def __init__(
        self, session: Callable[[], Session], *, settle_seconds: float = 20.0, callback: str = "",
        register: bool = True, idempotent: bool = True, ask_after: float = 1.0,
    ) -> None:  # fmt: skip
        self.caps = channels.ChannelCaps(
            idempotent_by_serial=idempotent, query="strong", settle_seconds=settle_seconds,
            ask_after=ask_after, listing=True, asynchronous=True, batch=BATCH, simulated=True,
        )  # fmt: skip
        self._session, self._callback, self._register = session, callback, register
        self._registered: set[str] = set()
        self._lock = Lock()

    def submit(self, company: str, orders: Sequence[channels.Order]) -> Sequence[channels.Answer]:
        """Ask for invoices; one answer per order, in their order."""
        payload = [protocol.order(order.serial, order.invoice, self._callback) for order in orders]

        def ask() -> dict[str, Any]:
            self._make_known(orders)
            return self._session().call("POST", "/api/issue", {"orders": payload})

        return self._each(orders, ask, self._taken)

    def query(self, company: str, orders: Sequence[channels.Order]) -> Sequence[channels.Answer]:
        """Ask what became of orders; issued ones come with their XML, which saves a round trip."""
        payload = {"serials": [order.serial for order in orders], "originals": True}
        return self._each(orders, lambda: self._session().call("POST", "/api/query", payload), _outcome)

    def listing(self, company: str, since: str, until: str) -> Sequence[channels.Listed]:
        """The bureau's list of what it issued for the scope's company, both dates included.

        :raise NotConnected: :raise NoAnswer: :raise Garbled: it could not be had whole.
        """
        found: list[dict[str, Any]] = []
        after, seller = 0, own_tax_id()
        while True:
            page = f"/api/invoices?seller={seller}&since={since}&until={until}&after={after}"
            answer = self._session().call("GET", page)
            if answer["code"] != protocol.OK:
                raise Garbled(json.dumps(answer).encode())
            found += answer["rows"]
            after = answer["next"]
            if not after:
                return [_listed(row) for row in found]

    def _each(
        self, orders: Sequence[channels.Order], ask: Callable[[], dict[str, Any]],
        read: Callable[[channels.Order, dict[str, Any]], channels.Answer],
    ) -> list[channels.Answer]:  # fmt: skip
        """Make one call for many orders; a call that fails as a whole means the same for each of them."""
        try:
            answer = ask()
        except net.NotConnected as error:
            return [channels.NotSent("CHANNEL-DOWN", str(error))] * len(orders)
        except net.NoAnswer as error:
            return [channels.Ambiguous("NO-ANSWER", str(error).encode())] * len(orders)
        except Garbled as error:
            return [channels.Ambiguous("GARBLED", error.raw)] * len(orders)
        code = answer["code"]
        if code in _GATE:
            return [channels.NotSent("CHANNEL-REFUSED", TEXTS[code], 30.0)] * len(orders)
        if code in _WAITS:
            return [_waiting(code)] * len(orders)
        results = answer.get("results")
        known = {r["serial"]: r for r in results if isinstance(r, dict) and "serial" in r} if results else {}
        raw = json.dumps(answer, ensure_ascii=False).encode()
        return [
            read(order, known[order.serial]) if order.serial in known else channels.Ambiguous("GARBLED", raw)
            for order in orders
        ]

    def _taken(self, order: channels.Order, result: dict[str, Any]) -> channels.Answer:
        code = str(result.get("code"))
        raw = json.dumps(result, ensure_ascii=False).encode()
        if code == protocol.OK:
            return channels.Accepted()
        if code in (protocol.SERIAL_EXISTS, protocol.SERIAL_DIFFERS):
            # Something was issued under this serial: looked up, never answered by another serial.
            return channels.Ambiguous("SERIAL-EXISTS", raw)
        if code in _WAITS:
            return _waiting(code)
        if code == protocol.SELLER and self._register:
            # Its register was lost, or the seller's id is new: put it down and come again.
            self._registered.discard(order.invoice.seller.tax_id)
            return channels.NotSent("SELLER-UNKNOWN", TEXTS[code], 1.0)
        if code in protocol.REFUSALS:
            return channels.Refused(code, str(result.get("message", TEXTS[code])))
        return channels.Ambiguous("UNCERTAIN", raw)

    def _make_known(self, orders: Sequence[channels.Order]) -> None:
        for seller in {order.invoice.seller for order in orders} if self._register else ():
            with self._lock:
                if seller.tax_id in self._registered:
                    continue
                region = seller.tax_id[2:4] if seller.tax_id[2:4] in taxpayer.REGIONS else "11"
                facts = {"tax_id": seller.tax_id, "name": seller.name, "region": region, "keep": True}
                if _registers(self._session(), facts):
                    self._registered.add(seller.tax_id)


def own_tax_id() -> str:
    """The tax id of the scope's company, as the host knows it."""
    return str(rows("SELECT tax_id FROM company")[0][0])


def _registers(session: Session, facts: dict[str, Any]) -> bool:
    # No order was sent yet, so whatever fails here is no ambiguity: the orders are tried all the same.
    try:
        return bool(session.call("POST", "/api/taxpayers", facts)["code"] == protocol.OK)
    except (net.NoAnswer, Garbled):
        return False


def _waiting(code: str) -> channels.NotSent:
    name, seconds = _WAITS[code]
    return channels.NotSent(name, TEXTS[code], seconds)


def _outcome(order: channels.Order, result: dict[str, Any]) -> channels.Answer:
    raw = json.dumps(result, ensure_ascii=False).encode()
    match result.get("state"):
        case "processing":
            return channels.Accepted()
        case "failed":
            return channels.Refused(str(result["code"]), str(result.get("message", "")))
        case "unknown":
            return channels.NotFound()
        case "done":
            return _issued(order, result, raw)
    return channels.Ambiguous("GARBLED", raw)


def _issued(order: channels.Order, result: dict[str, Any], raw: bytes) -> channels.Answer:
    try:
        xml = base64.b64decode(result["xml"], validate=True)
        number = str(result["number"])
        issued = channels.Issued(
            serial=str(result["serial"]), number=number, issued_at=str(result["issued_at"]),
            seller_tax_id=str(result["seller_tax_id"]), buyer_name=str(result["buyer_name"]),
            total=int(result["total"]), files=(channels.File(f"{number}.xml", "application/xml", xml),),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, binascii.Error):
        return channels.Ambiguous("GARBLED", raw)
    # Another company's invoice under our serial proves nothing about ours: the bytes are kept.
    return issued if channels.matches(order, issued) else channels.Ambiguous("FOREIGN-ANSWER", raw)


def _listed(row: dict[str, Any]) -> channels.Listed:
    extra = {"side": str(row["side"]), "amount": str(row["amount"]), "tax": str(row["tax"])}
    return channels.Listed(
        row["number"], row["serial"], row["issued_at"], row["buyer_name"], row["total"], extra
    )
