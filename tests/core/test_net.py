"""The way out: what was certainly not sent is told from what may have arrived; inside is refused."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from core import net
from core.net import AddressRefused, Client, MailServer, NoAnswer, NotConnected, is_public

INSIDE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.23",
    "100.64.0.1",
    "100.100.100.200",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "fe80::1",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:100.100.100.200",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:0:0:0:0:80ff:fffe",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://2130706433:1"]
)
def test_inside_needs_leave(url: str) -> None:
    with pytest.raises((AddressRefused, NotConnected)):
        Client(url, "test").request("GET", "/")


@pytest.mark.parametrize("url", ["ftp://x", "file:///etc/passwd", "http://user@host", "x", "http://"])
def test_only_plain_http_addresses(url: str) -> None:
    with pytest.raises(ValueError):
        Client(url, "test")


@pytest.fixture
def peer() -> Iterator[tuple[str, list[bytes]]]:
    """A peer that answers each connection with the next of these bytes, then closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    stop = threading.Event()
    answers: list[bytes] = []

    def serve() -> None:
        while not stop.is_set():
            try:
                link, _ = listener.accept()
            except TimeoutError:
                continue
            with link:
                link.recv(65536)
                link.sendall(answers.pop(0))

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", answers
    stop.set()
    thread.join()
    listener.close()


def test_nobody_listening_means_certainly_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotConnected):
        Client(f"http://127.0.0.1:{port}", "test", inside=True).request("POST", "/", b"x")


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", b"garbage\r\n\r\n", b"HTTP/1.1 200"],
)
def test_a_broken_answer_means_it_may_have_arrived(peer: tuple[str, list[bytes]], answer: bytes) -> None:
    url, answers = peer
    answers.append(answer)
    with pytest.raises(NoAnswer):
        Client(url, "test", inside=True).request("POST", "/", b"x")


def test_a_closed_kept_connection_is_replaced(peer: tuple[str, list[bytes]]) -> None:
    url, answers = peer
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    answers += [whole, whole]
    client = Client(url, "test", inside=True)
    assert client.request("GET", "/").body == b"ok"
    threading.Event().wait(0.05)
    assert client.request("GET", "/").body == b"ok"
    client.close()


def test_a_silent_peer_times_out_as_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client(
            f"http://127.0.0.1:{silent.getsockname()[1]}", "test", timeout=(0.2, 0.2), inside=True
        )
        with pytest.raises(NoAnswer):
            client.request("POST", "/", b"x")


def drip(text: bytes, pause: float) -> tuple[int, threading.Thread]:
    """A peer that sends one byte now and then, for ever."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            link, _ = listener.accept()
            with link:
                try:
                    link.sendall(text)
                    while True:
                        time.sleep(pause)
                        link.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return listener.getsockname()[1], thread


@pytest.mark.parametrize(
    "begun", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_peer_that_drips_holds_nobody_for_ever(begun: bytes) -> None:
    port, thread = drip(begun, 0.1)
    client = Client(f"http://127.0.0.1:{port}", "t", timeout=(1.0, 0.5), whole=1.0, inside=True)
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        client.request("GET", "/")
    assert time.monotonic() - began < 2
    thread.join(5)
    assert not thread.is_alive()


def test_a_mail_server_that_drips_holds_nobody_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "MAIL_SECONDS", 1.0)
    port, thread = drip(b"220 ", 0.1)
    began = time.monotonic()
    with pytest.raises(NotConnected):
        net.send_mail(MailServer("127.0.0.1", port, security="none"), EmailMessage())
    assert time.monotonic() - began < 2
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize("farewell", [b"", b"421 too busy\r\n"], ids=["none", "an error"])
def test_a_mail_that_was_taken_is_sent_whatever_comes_after(farewell: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[bytes] = []

        def serve() -> None:
            link, _ = listener.accept()
            with link, link.makefile("rb") as lines:
                link.sendall(b"220 here\r\n")
                for line in lines:
                    if line[:4].upper() == b"QUIT":
                        link.sendall(farewell)
                        return
                    if line[:4].upper() == b"DATA":
                        link.sendall(b"354 go on\r\n")
                        taken.append(b"".join(iter(lines.readline, b".\r\n")))
                    link.sendall(b"250 fine\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        letter = EmailMessage()
        letter["From"], letter["To"] = "us@example.com", "you@example.com"
        letter.set_content("hello")
        net.send_mail(MailServer("127.0.0.1", listener.getsockname()[1], security="none"), letter)
        thread.join(5)
    assert len(taken) == 1
