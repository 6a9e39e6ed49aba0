"""Row S6: every way to write an address inside, and every way a name can lead there: nothing connects.

No packet leaves: sockets are of the test's own class, which notes where they were told to connect. The
resolver is the system's for numbers in any spelling, and a table for names.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from random import Random
from typing import Any
from unittest import mock

from core import net
from tests.proof.row import Job, Tally

INSIDE = (
    "127.0.0.1", "127.255.0.7", "0.0.0.0", "10.0.0.1", "172.16.9.9", "192.168.1.1", "169.254.169.254",
    "169.254.0.23", "100.100.100.200", "100.64.0.1", "192.0.0.192", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.5", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "168.63.129.16",
)  # fmt: skip
"""IPv4: this machine, private and link-local networks, metadata of clouds, special and reserved blocks."""

INSIDE_6 = (
    "::", "::1", "::7f00:1", "::a00:1", "fe80::1", "fe80::1%lo", "fe80::1%25eth0", "fec0::1", "fc00::1",
    "fd00:ec2::254", "fd20:ce::254", "ff02::1", "ff0e::1", "100::1", "2001:db8::1", "2001::1", "2001:2::1",
    "2001:10::1", "2001:20::1", "3fff::1", "5f00::1", "64:ff9b:1::7f00:1", "64:ff9b:1:fffe::a00:1",
    "4000::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:0:7f00:1::", "::ffff:0:127.0.0.1",
)  # fmt: skip
OPEN = (
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2001:4860:4860::8888", "240e::1",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
)  # fmt: skip
"""Addresses of the open Internet: refusing these, too, would be no guard but a broken cable."""

_PUBLIC = "93.184.216.34"
_DIGITS = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def spellings(address: str) -> list[str]:
    """Hosts that mean an IPv4 address to one program or another."""
    parts = [int(part) for part in address.split(".")]
    whole = int(ipaddress.IPv4Address(address))
    high, low = whole >> 16, whole & 0xFFFF
    return [
        address, f"{address}.", str(whole), hex(whole), f"0{whole:o}", ".".join(f"0{p:o}" for p in parts),
        ".".join(hex(p) for p in parts), f"{parts[0]}.{whole & 0xFFFFFF}", f"{parts[0]}.{parts[1]}.{low}",
        f"0x{parts[0]:08x}.{parts[1]}.{parts[2]}.{parts[3]}", address.translate(_DIGITS),
        address.translate(_WIDE), address.replace(".", "。"), address.replace(".", "．"),
        f"[::ffff:{address}]", f"[::ffff:{high:x}:{low:x}]", f"[64:ff9b::{high:x}:{low:x}]",
        f"[2002:{high:x}:{low:x}::1]", f"[::{address}]", f"[64:ff9b:1::{high:x}:{low:x}]",
        f"user@{address}", f"{_PUBLIC}@{address}", f"{_PUBLIC}%20@{address}", f"{_PUBLIC}\\@{address}",
        f"{address}#@{_PUBLIC}", f"{address}?@{_PUBLIC}", f"@{address}", f"{address}%00.open.example",
        f"{address}\t",
    ]  # fmt: skip


class Wire:
    """Where sockets were told to go, and what names are said to mean.

    :ivar answers: for each name the addresses of one look-up after the other; the last one stays.
    """

    def __init__(self) -> None:
        self.went: list[str] = []
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []

    def look_up(self, host: Any, port: Any, *more: Any, **named: Any) -> list[Any]:
        """In place of `socket.getaddrinfo`."""
        name = host.decode() if isinstance(host, bytes) else str(host)
        self.asked.append(name)
        if name.rstrip(".") in self.answers:
            rows = self.answers[name.rstrip(".")]
            addresses = rows.pop(0) if len(rows) > 1 else rows[0]
            return [row for address in addresses for row in _numeric(address, port)]
        return _numeric(host, port)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """No socket of the block connects anywhere."""
        wire = self

        class Dead(socket.socket):
            def connect(self, address: Any) -> None:
                wire.went.append(str(address[0]))
                raise ConnectionRefusedError("no packet leaves a test")

            connect_ex = connect  # type: ignore[assignment]

        with (
            mock.patch.object(socket, "socket", Dead),
            mock.patch.object(socket, "getaddrinfo", self.look_up),
        ):
            yield

    def inside(self) -> list[str]:
        """Connections that were tried to anything that is not of the open Internet."""
        return [address for address in self.went if not really_open(address)]


_getaddrinfo = socket.getaddrinfo


def _numeric(host: Any, port: Any) -> list[Any]:
    # glibc reads 127.1, 0x7f.1 and 2130706433 as numbers; Python's IDNA makes ①②⑦ of them first.
    return list(_getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))


_CLOSED_4 = [ipaddress.ip_network(text) for text in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
)]  # fmt: skip
_CLOSED_6 = [ipaddress.ip_network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20")]


def really_open(address: str) -> bool:
    """By the registries' own tables (IANA special-purpose addresses), not by what Python knows of them."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in net for net in _CLOSED_4)
    if ip.ipv4_mapped:
        return really_open(str(ip.ipv4_mapped))
    if ip in ipaddress.ip_network("64:ff9b::/96"):
        return really_open(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    if ip.sixtofour:
        return really_open(str(ip.sixtofour))
    return ip in ipaddress.ip_network("2000::/3") and not any(ip in net for net in _CLOSED_6)


def tried(wire: Wire, url: str) -> str:
    """What came of asking an address: `refused`, `tried` (a packet would have left) or `no address`."""
    before = len(wire.went)
    try:
        with wire.held():
            net.Client(url, "a test").request("GET", "/")
    except (ValueError, UnicodeError):
        return "no address"
    except (net.AddressRefused, net.NotConnected, net.NoAnswer):
        pass
    return "tried" if len(wire.went) > before else "refused"


def _url(tally: Tally, wire: Wire, url: str) -> None:
    before = len(wire.inside())
    outcome = tried(wire, url)
    went = wire.inside()[before:]
    tally.measured[outcome] = tally.measured.get(outcome, 0) + 1
    tally.case(url, {"I9": [f"{url} connected to {address}" for address in went]})


def names(tally: Tally, wire: Wire, random: Random, count: int) -> None:
    """Names that lead inside: at once, at the second look, or beside an open address."""
    for number in range(count):
        inside = random.choice(INSIDE + INSIDE_6[:16])
        inside = inside.replace("%25eth0", "").replace("%lo", "")
        way = random.choice(("at once", "second look", "third look", "beside", "before"))
        looks = {
            "at once": [[inside]],
            "second look": [[_PUBLIC], [inside]],
            "third look": [[_PUBLIC], [_PUBLIC], [inside]],
            "beside": [[_PUBLIC, inside]],
            "before": [[inside, _PUBLIC]],
        }[way]
        name = f"n{number}.example"
        wire.answers[name] = [list(row) for row in looks]
        scheme = random.choice(("http", "https"))
        client = net.Client(f"{scheme}://{name}:{random.choice((80, 443, 8443))}", "a test")
        before = len(wire.inside())
        for _ in range(3):
            with wire.held(), contextlib.suppress(net.AddressRefused, net.NotConnected, net.NoAnswer):
                client.request("GET", "/")
        went = wire.inside()[before:]
        tally.case(f"{name} {way} {inside}", {"I9": [f"{name} ({way}) connected to {a}" for a in went]})


def judged(tally: Tally, random: Random, count: int) -> None:
    """`is_public` against the registries' tables, address by address."""
    some = [str(ipaddress.IPv4Address(random.getrandbits(32))) for _ in range(count)]
    some += [str(ipaddress.IPv6Address(random.getrandbits(128))) for _ in range(count)]
    for address in (*INSIDE, *INSIDE_6, *OPEN, *some):
        wanted, said = really_open(address), net.is_public(address)
        word = "open" if said else "inside"
        tally.case(
            f"is_public {address}", {"I9": [f"{address} is said to be {word}"] if said != wanted else []}
        )


def proxies_are_not_asked(tally: Tally, wire: Wire) -> None:
    """What the environment says of proxies is nobody's leave to go there."""
    with mock.patch.dict(
        os.environ, {"http_proxy": "http://10.9.9.9:3128", "ALL_PROXY": "socks5://10.9.9.9"}
    ):
        _url(tally, wire, f"http://{_PUBLIC}/")
        tally.case("a proxy", {"I9": ["the proxy was asked"] if "10.9.9.9" in wire.went else []})


@contextlib.contextmanager
def _tls_looked_at(seen: list[ssl.SSLContext | None]) -> Iterator[None]:
    def sealed(*_: Any, context: ssl.SSLContext | None = None, **__: Any) -> None:
        seen.append(context)
        raise ConnectionRefusedError("no packet leaves a test")

    with (
        mock.patch("smtplib.SMTP_SSL.__init__", sealed),
        mock.patch("smtplib.SMTP.connect", return_value=(220, b"")),
        mock.patch("smtplib.SMTP.starttls", sealed),
    ):
        yield


def mail_is_sealed(tally: Tally) -> None:
    """A mail server's certificate is looked at, whichever way the connection becomes a sealed one."""
    for security in ("tls", "starttls"):
        seen: list[ssl.SSLContext | None] = []
        with _tls_looked_at(seen), contextlib.suppress(net.NotConnected, net.NoAnswer):
            net.send_mail(net.MailServer("mail.example", 465, security=security), EmailMessage())
        sure = [context is not None and context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
                for context in seen]  # fmt: skip
        found = [] if sure == [True] else [f"by {security} any certificate is taken"]
        tally.case(f"mail by {security}", {"I9": found})


def _naive() -> Any:
    return mock.patch.object(
        net, "is_public", lambda text: ipaddress.ip_address(text.split("%")[0]).is_global
    )


def _by_prefix() -> Any:
    closed = ("127.", "10.", "192.168.", "169.254.", "::1", "fe80")
    return mock.patch.object(net, "is_public", lambda text: not text.startswith(closed))


def _looked_up_twice() -> Any:
    kept = net.resolve

    def resolve(host: str, port: int, *, inside: bool) -> tuple[str, int]:
        kept(host, port, inside=inside)
        return host, port

    return mock.patch.object(net, "resolve", resolve)


PLANTED: dict[str, Callable[[], Any]] = {
    "an address in another's clothes is taken as it is": _naive,
    "addresses are told by how they begin": _by_prefix,
    "the name is looked up again to connect": _looked_up_twice,
}


def run(job: Job) -> Tally:
    """Every spelling of every address inside; then `size` names, and as many addresses of chance."""
    tally, wire, random = Tally(job), Wire(), Random(job.seed)
    with PLANTED[job.plant]() if job.plant else contextlib.nullcontext():
        judged(tally, random, job.size)
        for address in INSIDE:
            for host in spellings(address):
                _url(tally, wire, f"http://{host}/")
        for address in INSIDE_6:
            _url(tally, wire, f"http://[{address}]/")
        names(tally, wire, random, job.size)
        proxies_are_not_asked(tally, wire)
        mail_is_sealed(tally)
    tally.measured["connections tried to the open Internet"] = len(wire.went) - len(wire.inside())
    return tally
