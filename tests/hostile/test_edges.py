"""Edges of the host that hostile requests, files and statements found: each held by itself."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import db, instance, net, scope
from core.companions import Companions
from core.contributions import Companion
from core.errors import StartError
from core.house import House
from tests.hostile.world import World, world_in


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_in(tmp_path_factory.mktemp("edges")) as made:
        yield made


@pytest.mark.parametrize("character", ["\t", "\n", "\r", " ", "\x7f"])
def test_no_redirect_leads_away_by_what_browsers_drop(world: World, character: str) -> None:
    given = {"locale": "en", "next": f"/{character}/evil.example"}
    answer = world.stranger().post("/language", data=given)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_a_receipt_beyond_any_ledger_is_not_found(world: World) -> None:
    assert world.sign_in("owner").get(f"/ledger/{'9' * 30}/receipt").status_code == 404


def test_a_part_of_a_form_without_a_name_is_refused(world: World) -> None:
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"
    world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = world.stranger().post("/language", data=body, content_type="multipart/form-data; boundary=x")
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400


def test_a_difference_that_is_not_open_is_not_found(world: World) -> None:
    assert world.sign_in("owner").post("/differences/1", data={"note": ""}).status_code == 404


def test_a_script_does_not_end_the_transaction_round_it(bare: House, company: str) -> None:
    with db.transaction():
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            db.guarded.connection().executescript("SELECT 1")
        assert db.guarded.connection().in_transaction


@pytest.mark.parametrize("content", [b"a" * 64, b"changeme" * 8, b"0" * 64, b"short", b""])
def test_an_example_is_no_secret(tmp_path: Path, content: bytes) -> None:
    folder = instance.prepare(tmp_path)
    (folder.keys / "x.key").write_bytes(content)
    (folder.keys / "x.key").chmod(0o600)
    with pytest.raises(StartError, match=r"x\.key"):
        instance.secret(folder, "x.key")


def test_a_signing_key_that_is_none_is_named(tmp_path: Path) -> None:
    folder = instance.prepare(tmp_path)
    (folder.keys / "ledger.key").write_bytes(b"not hexadecimal, but long enough")
    (folder.keys / "ledger.key").chmod(0o600)
    with pytest.raises(StartError, match=r"ledger\.key"):
        instance.signing_key(folder)


def test_the_data_folder_is_for_the_server_alone(tmp_path: Path) -> None:
    root = tmp_path / "data"
    instance.prepare(root)
    assert root.stat().st_mode & 0o077 == 0


def test_only_the_worker_is_given_the_settings(tmp_path: Path) -> None:
    folder, told = instance.prepare(tmp_path), tmp_path / "told"
    found = "os.environ.get('FAPIAO_ACCOUNTS_SMTP_PASSWORD', 'none')"
    (tmp_path / "teller.py").write_text(f"import os\nopen({str(told)!r}, 'w').write({found})\n")
    sys.path.insert(0, str(tmp_path))
    try:
        beside = Companion("teller", "teller", lambda _data: [])
        with Companions([beside], folder, tmp_path, {"FAPIAO_ACCOUNTS_SMTP_PASSWORD": "secret"}) as running:
            running._running["teller"].wait(20)
    finally:
        sys.path.remove(str(tmp_path))
    assert told.read_text() == "none"


def test_an_address_refused_is_a_connection_that_never_was() -> None:
    with pytest.raises(net.NotConnected):
        net.Client("http://127.0.0.1:9", "a test").request("GET", "/")


def test_a_rank_tells_nothing_of_others(bare: House, company: str) -> None:
    with scope.opened(company), pytest.raises(Exception, match="not authorized"):
        db.execute("SELECT bm25('x')").fetchall()
