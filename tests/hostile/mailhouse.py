"""A mail server of the test's own: takes mail, refuses it, or refuses the log-in, as it is told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_EHLO = "250-here\r\n250 AUTH PLAIN LOGIN"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Mailhouse:
    """What came in. :ivar moods: answers still to give to a log-in, `235` once there are none left."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.moods: list[str] = []
        self.port = 0

    def handle(self, talk: socketserver.StreamRequestHandler) -> None:
        """Speak to one client until it leaves."""

        def say(text: str) -> None:
            talk.wfile.write(text.encode() + b"\r\n")

        say("220 here")
        while line := talk.rfile.readline():
            verb = line[:4].upper()
            if verb in (b"EHLO", b"HELO"):
                say(_EHLO)
            elif verb == b"AUTH":
                say(self.moods.pop(0) if self.moods else "235 welcome")
            elif verb == b"DATA":
                say("354 go on")
                letter = []
                while (text := talk.rfile.readline()) not in (b".\r\n", b""):
                    letter.append(text.decode(errors="replace"))
                self.letters.append("".join(letter))
                say("250 taken")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")


@contextmanager
def mailhouse() -> Iterator[Mailhouse]:
    """A running one, at a free port of this machine."""
    house = Mailhouse()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            house.handle(self)

    with _Server(("127.0.0.1", 0), Handler) as server:
        house.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield house
        finally:
            server.shutdown()
