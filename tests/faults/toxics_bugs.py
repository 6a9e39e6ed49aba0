"""The product's patience for tests, and bugs in how it takes a bad network, planted before it starts."""

from __future__ import annotations

import http.client
import math
from collections.abc import Callable
from email.message import EmailMessage

from core import net
from core.net import MailServer, Reply

CONNECT, READ, WHOLE, MAIL = 1.0, 2.0, 5.0, 6.0
"""Seconds for a connection, for a piece of an answer, for a whole one, and for a mail."""


def patient() -> None:
    """No bug: deadlines shortened by the client's own parameters, so that a case takes seconds."""
    _defaults(timeout=(CONNECT, READ), whole=WHOLE)
    net.READ_SECONDS, net.MAIL_SECONDS = READ, MAIL


def _defaults(**values: object) -> None:
    defaults = net.Client.__init__.__kwdefaults__
    assert defaults is not None
    defaults.update(values)


def waits_for_ever() -> None:
    """Only each piece of an answer has a deadline, the whole has none."""
    patient()
    _defaults(whole=math.inf)
    net.MAIL_SECONDS = math.inf


def takes_silence_for_not_sent() -> None:
    """A call whose answer is missing is taken for one that never left."""
    patient()
    request = net.Client.request

    def careless(self: net.Client, *given: object, **named: object) -> Reply:
        try:
            return request(self, *given, **named)  # type: ignore[arg-type]
        except net.NoAnswer as error:
            raise net.NotConnected(str(error)) from error

    net.Client.request = careless  # type: ignore[method-assign]


def takes_half_an_answer_for_nothing() -> None:
    """A body that was cut off is taken as it came, and one that says nothing for "no such serial"."""
    patient()

    def whole(answer: http.client.HTTPResponse) -> bytes:
        try:
            return answer.read()
        except http.client.IncompleteRead as error:
            return error.partial

    net._whole = whole
    from plugins.bureau import session

    read = session._read

    def lenient(status: int, body: bytes) -> dict[str, object]:
        try:
            return read(status, body)
        except session.Garbled:
            return {"code": "4002", "message": ""}

    session._read = lenient


def takes_a_broken_mail_for_sent() -> None:
    """A mail whose conversation broke off counts as sent."""
    patient()
    send = net.send_mail

    def careless(server: MailServer, message: EmailMessage) -> None:
        try:
            send(server, message)
        except net.NoAnswer:
            return

    net.send_mail = careless


PLANTED: dict[str, Callable[[], None]] = {
    "patient": patient,
    "silence-is-not-sent": takes_silence_for_not_sent,
    "half-an-answer-is-nothing": takes_half_an_answer_for_nothing,
    "broken-mail-is-sent": takes_a_broken_mail_for_sent,
    "waits-for-ever": waits_for_ever,
}
"""By name; `patient` is the product as it is."""
