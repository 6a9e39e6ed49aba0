"""The client's side of the wire: signs each call, fetches a token and renews it, reads the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any

from core.api import clock, net, rng
from plugins.bureau import protocol

EARLY = 30.0
"""Seconds before its end at which a token is renewed."""


class Garbled(Exception):
    """An answer that says nothing: no JSON, a server error, a code nobody knows.

    :ivar raw: the bytes as received, whatever they are.
    """

    def __init__(self, raw: bytes) -> None:
        super().__init__("the answer cannot be understood")
        self.raw = raw


class Session:
    """One account at one bureau. Safe to share between threads."""

    def __init__(self, base_url: str, app_key: str, secret: bytes) -> None:
        self._client = net.Client(base_url, "simulated bureau", inside=True)
        self._app_key, self._secret = app_key, secret
        self._lock = Lock()
        self._token, self._until = "", 0.0

    def call(self, method: str, path: str, payload: object = None) -> dict[str, Any]:
        """Ask, and return the answer's JSON; a token that has run out is renewed on the way.

        :raise NotConnected: certainly nothing was done. :raise NoAnswer: it may have been done.
        :raise Garbled: as `NoAnswer`, with bytes to keep.
        """
        body = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode()
        answer = self._once(method, path, body, self._valid_token())
        if answer["code"] == protocol.TOKEN:
            # Turned away at the gate, so nothing was done: it can be said again.
            self._until = 0.0
            answer = self._once(method, path, body, self._valid_token())
        return answer

    def control(self, method: str, path: str, payload: object = None) -> dict[str, Any]:
        """Speak to the simulator's controls, which are no part of a real bureau.

        :raise NotConnected: it is not running. :raise Garbled: it did not understand.
        """
        body = b"" if payload is None else json.dumps(payload).encode()
        headers = {"X-Bureau-Admin": protocol.admin_key(self._secret), "Content-Type": "application/json"}
        reply = self._client.request(method, path, body, headers)
        if reply.status != 200:
            raise Garbled(reply.body)
        return _read(reply.status, reply.body)

    def _valid_token(self) -> str:
        with self._lock:
            if clock.steady() >= self._until:
                self._renew()
            return self._token

    def _renew(self) -> None:
        # Without a token the call proper is never made: whatever goes wrong here, nothing was done.
        try:
            answer = self._once("POST", "/api/token", b"", "")
        except (Garbled, net.NoAnswer) as error:
            raise net.NotConnected("no token") from error
        if answer["code"] != protocol.OK:
            raise net.NotConnected(f"no token: {answer['code']}")
        life = float(answer["expires_in"])
        self._token, self._until = str(answer["token"]), clock.steady() + max(1.0, life - EARLY)

    def _once(self, method: str, path: str, body: bytes, token: str) -> dict[str, Any]:
        reply = self._client.request(method, path, body, self._headers(method, path, body, token))
        return _read(reply.status, reply.body)

    def _headers(self, method: str, path: str, body: bytes, token: str) -> Mapping[str, str]:
        stamp, nonce = str(int(clock.now().timestamp())), rng.token(12)
        return {
            "Content-Type": "application/json",
            "X-App-Key": self._app_key,
            "X-Token": token,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": protocol.sign(self._secret, method, path, stamp, nonce, body),
        }


def _read(status: int, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise Garbled(body) from error
    if status >= 500 or not isinstance(answer, dict) or answer.get("code") not in protocol.TEXTS:
        raise Garbled(body)
    return answer
