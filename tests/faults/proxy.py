"""A TCP proxy that mistreats what passes through it: the network between two honest parties.

A connection that carried something while the weather was bad stays as it is: the weather clears for new ones.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

TOXICS = (
    "half-open", "drip", "half-answer", "reset", "black-hole", "garbage", "refused", "slow-close", "latency",
    "jitter", "bandwidth", "slicer",
)  # fmt: skip
ENDLESS = frozenset({"black-hole", "half-open", "drip"})
"""Those under which an answer never comes, or never whole: whoever waits has to leave by himself."""

_UP, _DOWN = "up", "down"


@dataclass
class Wire:
    """One connection. :ivar asked: when its client spoke last. :ivar left: when the client went."""

    toxic: str = ""
    asked: float = 0.0
    left: float = 0.0


@dataclass
class Proxy:
    """Listens at one address and passes on to another. `weather` is the toxic in force, or nothing."""

    host: str
    target: tuple[str, int]
    seed: int = 0
    port: int = 0
    weather: str = ""
    wires: list[Wire] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._do(self._listen())

    def set(self, weather: str) -> None:
        """From now on this is the weather; empty is calm."""
        self.weather = weather
        if weather == "refused":
            self._do(self._refuse())
        elif self._server is None:
            self._do(self._listen())

    def stuck(self, limit: float) -> list[str]:
        """Clients that wait longer than `limit` seconds for an answer that never comes."""
        now = time.monotonic()
        return [
            f"a client waits {now - wire.asked:.1f} s under {wire.toxic}"
            for wire in self.wires
            if wire.toxic in ENDLESS and wire.asked and not wire.left and now - wire.asked > limit
        ]

    def longest(self) -> float:
        """Seconds for which the most patient client waited for an answer that never came."""
        ended = [wire for wire in self.wires if wire.toxic in ENDLESS and wire.asked and wire.left]
        return max((wire.left - wire.asked for wire in ended), default=0.0)

    def close(self) -> None:
        """No more connections."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            _reset(writer)

    async def _end(self) -> None:
        await self._refuse()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(self.weather)
        self.wires.append(wire)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, far_writer}
        pumps = [
            asyncio.create_task(self._pump(wire, _UP, reader, far_writer)),
            asyncio.create_task(self._pump(wire, _DOWN, far_reader, writer)),
        ]
        with suppress(asyncio.CancelledError):
            await asyncio.wait(pumps)
        self._writers -= {writer, far_writer}

    async def _pump(
        self, wire: Wire, way: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                wire.toxic = wire.toxic or self.weather
                if way == _UP:
                    wire.asked = time.monotonic()
                if not await self._pass(wire.toxic, way, chunk, writer):
                    break
        if way == _UP:
            wire.left = time.monotonic()
        if wire.toxic == "slow-close":
            await asyncio.sleep(2)
        with suppress(OSError, RuntimeError):
            writer.close()

    async def _pass(self, toxic: str, way: str, chunk: bytes, writer: asyncio.StreamWriter) -> bool:
        """Pass a piece on, or what is left of it; False where the connection ends with it."""
        if toxic == "black-hole" or (toxic == "half-open" and way == _DOWN):
            return True
        if toxic == "reset" and way == _DOWN:
            _reset(writer)
            return False
        if toxic == "half-answer" and way == _DOWN:
            writer.write(chunk[: len(chunk) // 2])
            await writer.drain()
            return False
        if toxic == "garbage" and way == _DOWN:
            chunk = self._chance.randbytes(len(chunk))
        size, pause = self._pace(toxic, way, len(chunk))
        for start in range(0, len(chunk), size):
            await asyncio.sleep(pause)
            writer.write(chunk[start : start + size])
            await writer.drain()
        return True

    def _pace(self, toxic: str, way: str, length: int) -> tuple[int, float]:
        match toxic:
            case "latency" if way == _DOWN:
                return length, 0.6
            case "jitter":
                return length, self._chance.uniform(0, 0.5)
            case "bandwidth":
                return 512, 0.05
            case "slicer":
                return 16, 0.001
            case "drip" if way == _DOWN:
                return 1, 1.0
        return length, 0.0


def _reset(writer: asyncio.StreamWriter) -> None:
    link = writer.get_extra_info("socket")
    if link is not None:
        with suppress(OSError):
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
