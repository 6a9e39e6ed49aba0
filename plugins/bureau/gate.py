"""Who may speak to the simulated bureau: signatures, the replay window, tokens with an end."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from core.api import clock, rng
from plugins.bureau import protocol

_SWEEP = 4096
"""Nonces kept before the outdated ones are swept."""


class Gate:
    """One account: an app key and its secret. Tokens and nonces live as long as the process.

    A request recorded before a restart cannot be played after it: its token is gone.
    """

    def __init__(self, app_key: str, secret: bytes) -> None:
        self.app_key, self.secret = app_key, secret
        self._lock = Lock()
        self._tokens: dict[str, float] = {}
        self._nonces: dict[str, float] = {}

    def token(self, seconds: int) -> str:
        """A new token, good for so many seconds."""
        token, now = rng.token(24), clock.steady()
        with self._lock:
            self._tokens = {name: end for name, end in self._tokens.items() if end > now}
            self._tokens[token] = now + seconds
        return token

    def check(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, *,
        with_token: bool, believe: bool,
    ) -> str:  # fmt: skip
        """The code with which a request is turned away; empty where it may pass.

        :param believe: take the caller's clock for true, so that no window is too old.
        """
        stamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
        expected = protocol.sign(self.secret, method, target, stamp, nonce, body)
        if headers.get("X-App-Key") != self.app_key or not nonce:
            return protocol.SIGNATURE
        if not protocol.same(expected, headers.get("X-Signature", "")):
            return protocol.SIGNATURE
        moment = seconds(stamp)
        if moment is None or not (believe or abs(moment - clock.now().timestamp()) <= protocol.WINDOW):
            return protocol.STALE
        now = clock.steady()
        with self._lock:
            if self._is_replay(nonce, now):
                return protocol.REPLAYED
            good = self._tokens.get(headers.get("X-Token", ""), now) > now
        return "" if good or not with_token else protocol.TOKEN

    def _is_replay(self, nonce: str, now: float) -> bool:
        if len(self._nonces) >= _SWEEP:
            # A stamp from the window's far end stays valid for twice its width.
            oldest = now - 2 * protocol.WINDOW
            self._nonces = {name: at for name, at in self._nonces.items() if at > oldest}
        if nonce in self._nonces:
            return True
        self._nonces[nonce] = now
        return False


def seconds(stamp: str) -> int | None:
    """A timestamp header as seconds of the epoch."""
    return int(stamp) if stamp.isascii() and stamp.isdigit() and len(stamp) <= 11 else None
