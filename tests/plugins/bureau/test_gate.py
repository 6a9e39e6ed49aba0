from __future__ import annotations

import json
from typing import Any

import pytest

from core import clock
from plugins.bureau import protocol, service
from tests.plugins.bureau.conftest import Bureau


def signed(
    bureau: Bureau,
    *,
    path: Any = "/api/credit?seller=X",
    body: Any = b"",
    shift: Any = 0,
    nonce: Any = "n1",
    key: Any = service.APP_KEY,
    token: Any = None,
    secret: Any = None,
    sent: Any = None,
) -> str:
    stamp = str(int(clock.now().timestamp()) + shift)
    secret = secret or bureau.secret_file.read_bytes().strip()
    token = bureau.session._valid_token() if token is None else token
    headers = {
        "X-App-Key": key, "X-Token": token, "X-Timestamp": stamp, "X-Nonce": nonce,
        "X-Signature": protocol.sign(secret, "GET", path, stamp, nonce, body),
    }  # fmt: skip
    reply = bureau.client.request("GET", sent or path, body, headers)
    return str(json.loads(reply.body)["code"])


def test_a_sound_request_passes(bureau: Bureau) -> None:
    assert signed(bureau) == protocol.SELLER


@pytest.mark.parametrize(
    "change",
    [{"secret": b"x" * 32}, {"key": "L"}, {"sent": "/api/credit?seller=Y"}, {"nonce": ""}],
)
def test_whatever_is_not_what_was_signed_is_refused(bureau: Bureau, change: dict[str, Any]) -> None:
    assert signed(bureau, **change) == protocol.SIGNATURE


def test_an_unsigned_request_is_refused(bureau: Bureau) -> None:
    for path in ("/api/issue", "/api/query", "/api/taxpayers", "/api/token", "/api/verify"):
        assert bureau.raw("POST", path, b"{}")["code"] == protocol.SIGNATURE


def test_the_window_is_ten_minutes_either_way(bureau: Bureau) -> None:
    assert [signed(bureau, shift=s, nonce=str(s)) for s in (590, -590)] == [protocol.SELLER] * 2
    assert [signed(bureau, shift=s, nonce=str(s)) for s in (620, -620)] == [protocol.STALE] * 2


def test_a_nonce_is_good_once(bureau: Bureau) -> None:
    assert signed(bureau) == protocol.SELLER
    assert signed(bureau) == protocol.REPLAYED


def test_a_token_of_somebody_else_or_of_another_run_is_refused(bureau: Bureau) -> None:
    assert signed(bureau, token="made-up") == protocol.TOKEN
    old = bureau.session._valid_token()
    bureau.kill()
    bureau.start()
    assert signed(bureau, token=old) == protocol.TOKEN


def test_the_controls_want_their_own_key(bureau: Bureau) -> None:
    assert bureau.raw("GET", "/api/faults")["code"] == protocol.SIGNATURE
    assert bureau.raw("POST", "/api/faults", b"{}", **{"X-Bureau-Admin": "0"})["code"] == "1001"
