"""Serves a house: web pages, workers and companions in one run, stopped cleanly."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType

import waitress

from core import db, instance, reopening
from core.app import create_app
from core.errors import StartError
from core.house import WORKER, House


def require_port(host: str, port: int) -> None:
    """Refuse to start where somebody else listens.

    :raise StartError: the port is taken or not ours to take.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"port {port} on {host} cannot be used ({error.strerror}): choose another with --port"
            ) from error


def serve(
    house: House, before: Callable[[], None] | None = None, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until interrupted.

    :param before: runs once the companions answer and before the first request (the demo's history).
    :param ready: is told the address when requests are answered.
    :raise StartError: the port or the data folder is taken.
    """
    host, port = house.settings.text("host"), house.settings.number("port")
    require_port(host, port)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with instance.lock(house.folder):
            reopening.look_back(house.signer)
            with house.companions() as beside:
                if before:
                    before()
                beside.join(house.worker())
                db.on_commit.append(lambda: beside.nudge(WORKER))
                _listen(house, host, port, ready)
    except KeyboardInterrupt:
        logging.getLogger(__name__).info("stopped")
    finally:
        db.on_commit.clear()
        house.watch.forget()
        house.close()


def _listen(house: House, host: str, port: int, ready: Callable[[str], None] | None) -> None:
    app = create_app(house)
    server = waitress.create_server(
        app,
        host=host,
        port=port,
        threads=house.settings.number("threads"),
        ident=None,
        clear_untrusted_proxy_headers=True,
        channel_timeout=60,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
    )
    house.journal.good()
    if ready:
        ready(house.settings.text("base_url") or f"http://{host}:{port}")
    try:
        server.run()
    finally:
        server.close()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
