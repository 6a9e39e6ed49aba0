"""A real SMTP server for tests, and what arrived at it."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.faults.kills_site import quiet_port


class Mailbox:
    """Takes every mail.

    :ivar taken: how often each recipient's mail was taken. :ivar identities: under which Message-IDs.
    """

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.identities: dict[str, set[str]] = {}
        self.port = quiet_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take one mail."""
        said = message_from_bytes(envelope.content, policy=default)
        for recipient in envelope.rcpt_tos:
            self.taken[recipient] += 1
            self.identities.setdefault(recipient, set()).add(str(said["Message-ID"]))
        return "250 taken"

    def close(self) -> None:
        """No more mail."""
        self._controller.stop()
