"""What the proxy does to what passes through it, and that a server behind it loses nothing; small."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.net import Client, NoAnswer, NotConnected
from tests.faults import toxics
from tests.faults.proxy import Proxy
from tests.proof.row import Job

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfapiao"


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before a peer that answers every request alike."""
    with socket.create_server(("127.0.0.1", 0)) as peer:
        threading.Thread(target=_answer_all, args=(peer,), daemon=True).start()
        made = Proxy("127.0.0.1", ("127.0.0.1", peer.getsockname()[1]))
        yield made
        made.close()


def _answer_all(peer: socket.socket) -> None:
    while True:
        try:
            link, _ = peer.accept()
        except OSError:
            return
        with link, suppress(OSError):
            while link.recv(65536):
                link.sendall(ANSWER)


def ask(proxy: Proxy, pieces: float = 0.5, whole: float = 1.2) -> bytes:
    """One request through the proxy, with so much patience."""
    url = f"http://127.0.0.1:{proxy.port}"
    client = Client(url, "test", timeout=(0.5, pieces), whole=whole, inside=True)
    try:
        return client.request("GET", "/").body
    finally:
        client.close()


@pytest.mark.parametrize("weather", ["", "latency", "jitter", "bandwidth", "slicer", "slow-close"])
def test_a_slow_network_only_takes_longer(proxy: Proxy, weather: str) -> None:
    proxy.set(weather)
    assert ask(proxy, 5, 10) == b"fapiao"


@pytest.mark.parametrize("weather", ["black-hole", "half-open", "drip", "reset", "half-answer", "garbage"])
def test_a_broken_answer_leaves_open_what_happened(proxy: Proxy, weather: str) -> None:
    proxy.set(weather)
    with pytest.raises(NoAnswer):
        ask(proxy)
    assert proxy.longest() < 2.5


def test_a_refused_connection_means_certainly_not_sent(proxy: Proxy) -> None:
    proxy.set("refused")
    with pytest.raises(NotConnected):
        ask(proxy)
    proxy.set("")
    assert ask(proxy) == b"fapiao"


@pytest.mark.slow
def test_bad_weather_loses_and_doubles_nothing(tmp_path: Path) -> None:
    tally = toxics.run(Job(5, 1, tmp_path))
    assert tally.violations == []
    assert tally.cases == 10
