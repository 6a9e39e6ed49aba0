"""Callbacks, received by a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from core import clock
from plugins.bureau import protocol
from tests.plugins.bureau.conftest import Bureau, Orders

Receiver = tuple[str, list[Any]]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    heard: list[Any] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        heard.append((environ, body))
        start_response("204 No Content", [])
        return [b""]

    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/callback", heard
    server.shutdown()
    thread.join()
    server.server_close()


def wait_for(heard: list[Any], count: int) -> int:
    until = clock.steady() + 5
    while len(heard) < count and clock.steady() < until:
        clock.sleep(0.01)
    clock.sleep(0.1)
    return len(heard)


def test_a_callback_is_signed_and_names_the_serial(bureau: Bureau, order: Orders, receiver: Receiver) -> None:
    url, heard = receiver
    bureau.issue(order("S1"), callback=url)
    assert wait_for(heard, 1) == 1
    environ, body = heard[0]
    event, stamp = environ["HTTP_X_BUREAU_EVENT"], environ["HTTP_X_BUREAU_TIMESTAMP"]
    secret = bureau.secret_file.read_bytes().strip()
    assert environ["HTTP_X_BUREAU_SIGNATURE"] == protocol.sign_callback(secret, event, stamp, body)
    said = json.loads(body)
    assert (said["id"], said["serial"], said["state"]) == (event, "S1", "done")
    assert said["notice"] == protocol.SPECIMEN


def test_a_duplicate_callback_is_one_event_told_twice(
    bureau: Bureau, order: Orders, receiver: Receiver
) -> None:
    url, heard = receiver
    bureau.faults({"duplicate_callback": {"every": 1}})
    bureau.issue(order("S1"), callback=url)
    assert wait_for(heard, 2) == 2
    assert len({environ["HTTP_X_BUREAU_EVENT"] for environ, _ in heard}) == 1


def test_callback_first_is_there_before_the_answer(bureau: Bureau, order: Orders, receiver: Receiver) -> None:
    url, heard = receiver
    bureau.faults({"callback_first": {"every": 1}}, profile={"delay_ms": 60_000})
    assert bureau.issue(order("S1"), callback=url) == ["0000"]
    assert len(heard) == 1
    assert bureau.query("S1")[0]["state"] == "done"


def test_a_callback_nobody_takes_is_tried_again_after_a_restart(
    bureau: Bureau, order: Orders, receiver: Receiver
) -> None:
    url, heard = receiver
    bureau.faults(profile={"delay_ms": 500})
    bureau.issue(order("S1"), callback=url)
    bureau.kill()
    assert not heard
    bureau.start()
    assert wait_for(heard, 1) == 1


def test_an_address_that_is_none_harms_nobody(bureau: Bureau, order: Orders) -> None:
    assert bureau.issue(order("S1"), order("S2"), callback="ftp//x") == ["0000", "0000"]
    clock.sleep(0.2)
    assert bureau.issue(order("S3")) == ["0000"]
