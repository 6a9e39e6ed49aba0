"""Nine kinds of visitor × every route × every method: who gets in, and that no other company's byte gets out.

The routes come from the URL map, so a new one is covered the day it is written; one whose parameters
this file does not know fails until it is told a real value for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from core import clock, db, documents, posting, registry, rng, scope, security
from core.app import create_app
from core.contributions import PUBLIC, SIGNED_IN, Actor
from core.house import House
from core.posting import post
from plugins.accounts import credentials, membership
from plugins.accounts.tables import Session, User
from tests.factories import BUYER, SELLER, draft
from tests.puppet import PuppetChannel

CANARY = "CANARY甲"
PASSWORD = "Kestrel-42-river"


class World:
    """Company A with its secrets, company B, and nine visitors; the tenth, A's owner, is the measure."""

    def __init__(self, root: Path) -> None:
        self.house = House({"FAPIAO_ACCOUNTS_ARGON2_KIB": "64", "FAPIAO_ACCOUNTS_ARGON2_ROUNDS": "1"}, root)
        self.app = create_app(self.house)
        self.app.config["WTF_CSRF_ENABLED"] = False
        posting.furnish([], [PuppetChannel()])
        self.users = {
            name: self._user(name)
            for name in ("owner", "viewer", "sales", "other", "otherviewer", "idle", "out")
        }
        self.a = registry.create_company(SELLER.name, SELLER.tax_id, "11")
        self.b = registry.create_company("乙公司", "91310115MA1K00007Q", "31")
        with scope.opened(self.a), db.transaction():
            for name, role in (
                ("owner", "owner"),
                ("viewer", "viewer"),
                ("sales", "sales"),
                ("out", "finance"),
            ):
                membership.add(self.users[name], role, SELLER.name)
        with scope.opened(self.b), db.transaction():
            membership.add(self.users["other"], "owner", "乙公司")
            membership.add(self.users["otherviewer"], "viewer", "乙公司")
        self.document = self._issue()
        with scope.opened(self.a), db.transaction():
            db.execute("UPDATE accounts_member SET state = 'suspended' WHERE user = ?", self.users["out"].id)

    @staticmethod
    def _user(name: str) -> User:
        with db.transaction():
            return User.create(
                id=rng.ulid(),
                email=f"{name}@example.cn",
                mobile="",
                name=name,
                password=credentials.hashed(PASSWORD),
                fs_uniquifier=rng.token(32),
                confirmed_at=clock.stamp(),
                made_at=clock.stamp(),
            )

    def _issue(self) -> str:
        owner = Actor(self.users["owner"].id, "owner", self.a, "owner", {self.a: "owner"})
        with scope.opened(self.a, self.users["owner"].id):
            buyer = BUYER.__class__(f"{CANARY}方有限公司", BUYER.tax_id)
            document = post(draft(buyer=buyer, remark=f"{CANARY}备注"), "k", owner).document
            assert document is not None
        assert self.house.runner().drain(20)
        with scope.opened(self.a):
            assert documents.find_document(document.id).number
        return document.id

    def sign_in(self, name: str) -> FlaskClient:
        client = self.app.test_client()
        answer = client.post("/accounts/sign-in", data={"login": f"{name}@example.cn", "password": PASSWORD})
        assert answer.status_code == 303, answer.text[:500]
        client.get(answer.headers["Location"])
        return client

    def expired(self) -> FlaskClient:
        """A browser of A's owner whose sign-in was revoked."""
        client = self.sign_in("owner")
        newest = Session.select().order_by(Session.made_at.desc(), Session.seen_at.desc()).first()
        with db.transaction():
            Session.delete().where(Session.id == newest.id).execute()
        return client


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.house.close()


VISITORS: dict[str, Callable[[World], FlaskClient]] = {
    "a stranger": lambda w: w.app.test_client(),
    "a user without a company": lambda w: w.sign_in("idle"),
    "a viewer of the company": lambda w: w.sign_in("viewer"),
    "sales of the company": lambda w: w.sign_in("sales"),
    "an owner of another company": lambda w: w.sign_in("other"),
    "a viewer of another company": lambda w: w.sign_in("otherviewer"),
    "a revoked session": lambda w: w.expired(),
    "a suspended member": lambda w: w.sign_in("out"),
    "a forged cookie": lambda w: forged(w.app),
}
INSIDERS = {"a viewer of the company": "viewer", "sales of the company": "sales"}
OUTSIDE_OWNERS = {"an owner of another company": "owner", "a viewer of another company": "viewer"}
NOBODIES = {"a stranger", "a revoked session", "a forged cookie"}


def forged(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("fapiao", "eyJfdXNlcl9pZCI6ICJvd25lciJ9.aaaa.bbbb")
    return client


def values(world: World, rule: Rule) -> dict[str, object] | None:
    """Real values of company A for a route's parameters; None for one this file does not know."""
    known: dict[str, object] = {
        "id": world.document,
        "key": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "seq": 2,
        "number": 0,
        "index": 0,
        "name": "issuing",
        "token": "no-such-token",
        "user": world.users["viewer"].id,
        "company": world.a,
        "filename": "x.css",
    }
    if rule.endpoint == "archive.original":
        with scope.opened(world.a):
            known["id"] = (db.rows("SELECT id FROM archive_original") or [("none",)])[0][0]
    if rule.endpoint == "issuing.panel":
        known["name"] = "latest"
    if rule.endpoint == "templates.sample":
        known["name"] = "special"
    return {name: known[name] for name in rule.arguments} if set(rule.arguments) <= set(known) else None


def rules(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def url_of(world: World, rule: Rule) -> str:
    found = values(world, rule)
    assert found is not None, (
        f"{rule.rule}: tell tests/contract/test_routes.py real values for its parameters"
    )
    return str(world.app.url_map.bind("localhost").build(rule.endpoint, found))


def fingerprint(world: World) -> str:
    """What the database holds, sessions and their last-seen times left out."""
    link = db.system.connection()
    tables = [
        row[0] for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    left_out = re.compile(r"accounts_(session|throttle|attempt)|_search_|_task|sqlite_")
    digest = hashlib.sha256()
    for table in tables:
        if not left_out.search(table):
            for row in link.execute(f"SELECT * FROM {table}"):
                digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


@pytest.mark.parametrize("name", VISITORS)
def test_every_route_refuses_whom_it_must(world: World, name: str) -> None:
    client, tried = VISITORS[name](world), 0
    signing_out = {"accounts.sign_out", "accounts.revoke_sessions", "accounts.revoke_session"}
    for rule, method in rules(world.app):
        if rule.endpoint in signing_out and name not in NOBODIES:
            continue
        policy = security.policy_of(world.app, rule.endpoint)
        with client.open(
            url_of(world, rule), method=method, data={"enabled": "1"} if method == "POST" else None
        ) as answer:
            where, tried = f"{name}: {method} {rule.rule} → {answer.status_code}", tried + 1
            down = answer.status_code == 503 and rule.endpoint.startswith("bureau.")  # it does not run here
            assert answer.status_code < 500 or down, where
            if name not in INSIDERS:
                assert CANARY not in answer.get_data(as_text=True), where
                assert world.users["owner"].email not in answer.get_data(as_text=True), where
            check_refusal(
                name, policy or "", method, answer.status_code, answer.headers.get("Location", ""), where
            )
    assert tried > 60


def check_refusal(name: str, policy: str, method: str, status: int, place: str, where: str) -> None:
    if policy == PUBLIC:
        return
    if name in NOBODIES:
        assert status == 401 or (status == 303 and "/accounts/sign-in" in place), where
    elif policy == SIGNED_IN:
        assert status != 401, where
    else:
        role = {**INSIDERS, **OUTSIDE_OWNERS}.get(name, "")
        if not role:
            assert (status, place) == (303, "/"), where
        elif policy not in security.permissions().get(role, set()):
            assert status == 403, where
        elif name in OUTSIDE_OWNERS and any(part in where for part in ("<id>", "<user>")):
            # 409: the form is refused before anything is looked up, so it tells nothing.
            assert status == 404 or (status == 409 and ("/requeue" in where or "/withdraw" in where)), where


def test_the_owner_does_see_his_own(world: World) -> None:
    client = world.sign_in("owner")
    for url in (f"/issuing/{world.document}", "/issuing/", "/", f"/archive/{world.document}"):
        assert CANARY in client.get(url).text, url


def test_reading_changes_nothing(world: World) -> None:
    client = world.sign_in("owner")
    client.get("/")
    for rule, method in rules(world.app):
        if method == "GET" and rule.endpoint not in ("shell.receipt",):
            before = fingerprint(world)
            client.get(url_of(world, rule)).close()
            assert fingerprint(world) == before, rule.rule


def test_nothing_is_written_without_a_token(world: World) -> None:
    client = world.sign_in("owner")
    world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        before = fingerprint(world)
        for rule, method in rules(world.app):
            if method != "GET" and rule.endpoint != "bureau.callback":
                answer = client.open(url_of(world, rule), method=method, data={"enabled": "", "name": "x"})
                assert answer.status_code == 403, f"{method} {rule.rule}"
        assert fingerprint(world) == before
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False


def test_a_company_cannot_be_chosen_that_is_not_ones_own(world: World) -> None:
    client = world.sign_in("other")
    assert client.post("/company", data={"company": world.a}).status_code == 404
    for header in ("X-Tenant-Id", "X-Company", "X-Forwarded-Company"):
        assert CANARY not in client.get("/issuing/", headers={header: world.a}).text
    assert CANARY not in client.get(f"/issuing/?company={world.a}&tenant={world.a}").text


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_no_redirect_leads_away(world: World, path: str) -> None:
    answer = world.app.test_client().post("/language", data={"locale": "en", "next": path})
    assert answer.headers["Location"] == "/"


def test_every_answer_carries_the_headers(world: World) -> None:
    client = world.app.test_client()
    for url in ("/accounts/sign-in", "/nowhere", "/", "/healthz"):
        headers = client.get(url).headers
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
