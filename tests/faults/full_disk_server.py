"""A real server, its worker and its bureau on a disk that fills up, reached over HTTP as a browser would."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.clerk import Browser, order_form
from benchmarks.storm import Server
from tests.contract.test_wheel import free_port
from tests.faults import flow_child
from tests.faults import full_disk_stage as stage
from tests.faults.full_disk_visit import DONE, ENVIRON
from tests.proof import invariants
from tests.proof.invariants import Ack
from tests.proof.record import Record

PATIENCE = 30.0
PAGES = ("/", "/issuing/", "/archive/", "/accounts/me", "/healthz")


def problems(origin: Path, place: Path) -> dict[str, list[str]]:
    """What is wrong, by invariant."""
    (place / "disk").mkdir(parents=True)

    def child() -> dict[str, list[str]]:
        stage.alone()
        stage.mount(place / "disk", kilobytes=48_000)
        data = place / "disk" / "data"
        shutil.copytree(origin, data)
        _call_furnished(data)
        server = Server(data, free_port(), settings=ENVIRON)
        try:
            server.start()
            return _fill_and_free(server, place / "disk")
        except SystemExit as error:
            return {"I18": [f"{error}: {_tail(place / 'disk')}"]}
        finally:
            with suppress(ProcessLookupError, subprocess.TimeoutExpired, AssertionError):
                server.stop()

    try:
        found: dict[str, list[str]] = flow_child.answer(child, place / "out", 150)
    except flow_child.Died as error:
        return {"I18": [f"the server broke: {error}"]}
    return {key: texts for key, texts in found.items() if texts}


def _tail(disk: Path) -> str:
    logs = [disk / "server.log", disk / "data" / "bureau.log", disk / "data" / "worker.log"]
    return "\n".join(log.read_text(errors="replace")[-600:] for log in logs if log.exists())


def _call_furnished(data: Path) -> None:
    # The folder has its people: the demo's history is not made once more.
    root = Path(__file__).resolve().parents[2]
    with closing(sqlite3.connect(data / "fapiao.db")) as link:
        company = link.execute("SELECT company FROM _company").fetchone()[0]
    done = {"company": company, "plugins": [folder.name for folder in (root / "plugins").iterdir()]}
    (data / "demo.json").write_text(json.dumps(done))


def _fill_and_free(server: Server, disk: Path) -> dict[str, list[str]]:
    clerk = Browser(server.port)
    clerk.sign_in()
    told: list[str] = []
    acks: dict[int, str] = {}

    def press(number: int) -> int:
        status, place, _ = clerk.ask("POST", "/issuing/new", order_form(number))
        if status in DONE:
            acks[number] = place.rpartition("/")[2]
        return status

    if press(201) not in DONE:
        told.append("it does not issue on a disk that has room")
    ballast = stage.fill(disk, 0)
    time.sleep(1.2)
    told += invariants.honest([press(202), press(203)], [clerk.ask("GET", page)[0] for page in PAGES], {507})
    if clerk.ask("GET", "/readyz")[0] != 503:
        told.append("/readyz does not tell that it is full")
    stage.clear(ballast)
    if not _soon(lambda: press(202) in DONE and press(203) in DONE, 10):
        told.append("with room again it does not write within ten seconds")
    if not _soon(lambda: _issued(disk / "data") >= 6, PATIENCE):
        told.append("with room again not everything is issued within half a minute")
    server.stop()
    record = Record(disk / "data")
    companies = {paper.id: paper.company for paper in record.papers}
    gone = [Ack(companies.get(id, ""), id) for id in acks.values()]
    return {**invariants.sound(record), "I1": invariants.durable(record, gone), "I18": told}


def _issued(data: Path) -> int:
    return sum(paper.state == "issued" for paper in Record(data).papers)


def _soon(is_so: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.3)
    return False
