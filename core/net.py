"""The only way out: HTTP and mail, to allowed addresses, with limits on time and size."""

from __future__ import annotations

import http.client
import ipaddress
import math
import smtplib
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from core import clock

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 3.0, 10.0, 30.0
"""For a connection, for each piece of an answer, and for all of it: a peer that sends a byte now and then
holds nobody for ever."""
MAIL_SECONDS = 60.0
LARGEST_ANSWER = 32 * 1024 * 1024


class NotConnected(Exception):
    """No connection came about: certainly nothing was sent."""


class NoAnswer(Exception):
    """The request went out and no whole answer came back: it may have taken effect."""


class AddressRefused(NotConnected):
    """The address lies inside this machine's network and the caller has no leave for that."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Timely:
    """Reads until a moment of the steady clock and not beyond, however often it is asked."""

    until, patience = math.inf, READ_SECONDS

    def recv_into(self, *given: Any) -> int:
        self.settimeout(_left(self.until, self.patience))  # type: ignore[attr-defined]
        return super().recv_into(*given)  # type: ignore[misc]

    def __del__(self) -> None:
        # A kept connection goes with its thread.
        self.close()  # type: ignore[attr-defined]


class _Timed(_Timely, socket.socket):
    """A plain socket with a deadline."""


class _TimedTLS(_Timely, ssl.SSLSocket):
    """The same through TLS."""


def _left(until: float, patience: float) -> float:
    left = min(until - clock.steady(), patience)
    if left <= 0:
        raise TimeoutError("the answer takes too long in all")
    return left


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.sslsocket_class = _TimedTLS
    return context


class Client:
    """HTTP to one origin, one kept connection per thread, no redirects, no proxies.

    :param timeout: seconds for a connection, and for each piece of an answer. :param whole: for all of it.
    :param inside: the peer may be on this machine or its network (declared by the caller's settings).
    """

    def __init__(
        self, base_url: str, purpose: str, *, timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
        whole: float = WHOLE_SECONDS, inside: bool = False,
    ) -> None:  # fmt: skip
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError(f"{purpose}: {base_url!r} is no http(s) address")
        self.purpose, self.timeout, self.whole, self.inside = purpose, timeout, whole, inside
        self._secure, self._host = parts.scheme == "https", parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._kept = threading.local()

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request and return its whole answer, whatever its status.

        :raise NotConnected: certainly nothing was sent.
        :raise NoAnswer: it was sent, and the answer is missing or broken.
        """
        link = self._kept_link() or self._connect()
        timed: Any = link.sock
        timed.until = clock.steady() + self.whole
        try:
            link.request(method, self._prefix + path, body, dict(headers or {}))
            with link.getresponse() as answer:
                content = _whole(answer)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            link.close()
            raise NoAnswer(f"{self.purpose}: {error or type(error).__name__}") from error
        self._kept.link = link
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, content)

    def close(self) -> None:
        """Drop this thread's kept connection."""
        link = getattr(self._kept, "link", None)
        self._kept.link = None
        if link is not None:
            link.close()

    def _kept_link(self) -> http.client.HTTPConnection | None:
        link: http.client.HTTPConnection | None = getattr(self._kept, "link", None)
        # A kept connection that the peer closed meanwhile is no sign of trouble: not a byte of this
        # request can have been read, so a fresh one takes its place.
        if link is not None and _is_closed(link, self.timeout[1]):
            self.close()
            return None
        return link

    def _connect(self) -> http.client.HTTPConnection:
        address = resolve(self._host, self._port, inside=self.inside)
        plain = http.client.HTTPConnection(self._host, self._port, timeout=self.timeout[0])
        try:
            bare = socket.create_connection(address, self.timeout[0])
            bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # The greeting of TLS is part of connecting: nothing of the request is out yet.
            bare.settimeout(self.timeout[0] if self._secure else self.timeout[1])
            link: Any = _tls().wrap_socket(bare, server_hostname=self._host) if self._secure else _timed(bare)
            link.settimeout(self.timeout[1])
            link.patience = self.timeout[1]
        except OSError as error:
            raise NotConnected(f"{self.purpose}: {error.strerror or error}") from error
        plain.sock = link
        return plain


def _timed(bare: socket.socket) -> _Timed:
    seconds = bare.gettimeout()
    timed = _Timed(bare.family, bare.type, bare.proto, fileno=bare.detach())
    timed.settimeout(seconds)
    return timed


def _whole(answer: http.client.HTTPResponse) -> bytes:
    # An answer that ends where the connection ends cannot be told from one that was cut off.
    if answer.length is None and not answer.chunked:
        raise http.client.HTTPException("the answer does not say how long it is")
    if answer.length is not None and answer.length > LARGEST_ANSWER:
        raise http.client.HTTPException("the answer is too large")
    content = answer.read(LARGEST_ANSWER + 1) if answer.chunked else answer.read()
    if len(content) > LARGEST_ANSWER:
        raise http.client.HTTPException("the answer is too large")
    return content


def _is_closed(link: http.client.HTTPConnection, seconds: float) -> bool:
    if link.sock is None:
        return True
    if isinstance(link.sock, ssl.SSLSocket):
        return False
    link.sock.setblocking(False)
    try:
        return link.sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        link.sock.settimeout(seconds)


def resolve(host: str, port: int, *, inside: bool) -> tuple[str, int]:
    """Look a name up once and answer the address to connect to.

    :raise AddressRefused: it is not a public address and `inside` gives no leave.
    :raise NotConnected: the name does not resolve.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotConnected(f"{host}: {error.strerror or error}") from error
    address = str(found[0][4][0])
    if not inside and not is_public(address):
        raise AddressRefused(f"{host} leads inside this network")
    return address, port


_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32",
        "2001::/23", "3fff::/20",
    )
)  # fmt: skip
"""Special blocks that this Python takes for the open Internet, and Azure's address for its machines."""


def is_public(address: str) -> bool:
    """Whether an IP address is reachable in the open Internet once every wrapping is taken off."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _NEVER)


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server and how to speak to it. `security` is `tls`, `starttls` or `none`."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    security: str = "starttls"


def send_mail(server: MailServer, message: EmailMessage) -> None:
    """Hand one message to the mail server.

    :raise NotConnected: no connection. :raise NoAnswer: refused or broken off while sending.
    """
    try:
        link = (
            _TlsMail(server.host, server.port)
            if server.security == "tls"
            else _Mail(server.host, server.port)
        )
    except (OSError, smtplib.SMTPException) as error:
        raise NotConnected(f"mail server {server.host}: {error}") from error
    try:
        if server.security == "starttls":
            link.starttls(context=_tls())
            link.sock.until = link.until  # type: ignore[union-attr]
        if server.user:
            link.login(server.user, server.password)
        link.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        link.close()
        raise NoAnswer(f"mail server {server.host}: {error}") from error
    # It is taken: a farewell that goes wrong is no reason to send it once more.
    with suppress(OSError, smtplib.SMTPException):
        link.quit()
    link.close()


class _Mail(smtplib.SMTP):
    """A conversation that ends after `MAIL_SECONDS`, however slowly the other side speaks."""

    def __init__(self, host: str, port: int) -> None:
        self.until = clock.steady() + MAIL_SECONDS
        super().__init__(host, port, timeout=READ_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        timed = _timed(socket.create_connection((host, port), timeout))
        timed.until = self.until
        return timed


class _TlsMail(smtplib.SMTP_SSL):
    """The same, in TLS from the first byte on."""

    def __init__(self, host: str, port: int) -> None:
        self.until = clock.steady() + MAIL_SECONDS
        super().__init__(host, port, timeout=READ_SECONDS, context=_tls())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        timed: Any = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        timed.until = self.until
        return timed
