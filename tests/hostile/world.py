"""Two companies on one real server: A full of canaries, B that must never see one, and people of both."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask.testing import FlaskClient

from core import clock, db, documents, posting, registry, rng, scope, strays
from core.app import create_app
from core.channels import Listed
from core.contributions import ROLES, Actor
from core.house import House
from core.posting import post
from core.rules import RuleSet
from plugins.accounts import credentials, membership
from plugins.accounts.tables import Session, User
from plugins.issuing.drafts import keep
from plugins.issuing.known import find_buyers, find_items, save_buyer
from plugins.issuing.sheet import Sheet
from plugins.verify import service as verify
from plugins.verify.rules import Claim
from tests.factories import BUYER, SELLER, draft, line
from tests.puppet import PuppetChannel

CANARY = "CANARY甲"
STRAY = "26110000000000099999"
PASSWORD = "Kestrel-42-river"
QUICK = {"FAPIAO_ACCOUNTS_ARGON2_KIB": "64", "FAPIAO_ACCOUNTS_ARGON2_ROUNDS": "1"}
"""Hashes that take no time: nothing here is about how slow they are."""

_OF_A = ("owner", "admin", "finance", "sales", "viewer", "support")
_VOLATILE = re.compile(r"accounts_(session|attempt)|_search_|_task|sqlite_")


class World:
    """Company A with its secrets, company B, and their people."""

    def __init__(self, root: Path, environ: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.house = House({**QUICK, **(environ or {})}, root)
        self.app = create_app(self.house)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.puppet = PuppetChannel()
        posting.furnish(posting_rules(self.house), [self.puppet])
        others = ("other", "otherviewer", "both", "idle", "out", "invited")
        with db.transaction():
            self.users = {name: _user(name) for name in (*_OF_A, *others)}
        self._addresses = 0
        self.a = registry.create_company(f"{CANARY}公司", SELLER.tax_id, "11")
        self.b = registry.create_company("乙公司", "91310115MA1K00007Q", "31")
        self._join(self.a, {**{role: role for role in _OF_A}, "out": "finance", "both": "viewer"})
        self._join(self.b, {"other": "owner", "otherviewer": "viewer", "both": "owner"})
        self.document = self._issue()
        self._secrets()
        with scope.opened(self.a), db.transaction():
            db.execute("UPDATE accounts_member SET state = 'suspended' WHERE user = ?", self.users["out"].id)
        with self.app.test_request_context(), scope.opened(self.a), db.transaction():
            for mail in (self.users["invited"].email, "new@canary-a.example.cn"):
                membership.invite(mail, "viewer", self.actor("owner"))
            self.join_token = credentials.join_token(User.get(User.email == "new@canary-a.example.cn"))

    def actor(self, name: str) -> Actor:
        """Somebody of A, acting for A."""
        return Actor(self.users[name].id, name, self.a, name, {self.a: name})

    def _join(self, company: str, roles: Mapping[str, str]) -> None:
        with scope.opened(company), db.transaction():
            for name, role in roles.items():
                membership.add(self.users[name], role, f"{CANARY}公司" if company == self.a else "乙公司")

    def _issue(self) -> str:
        with scope.opened(self.a, self.users["owner"].id):
            buyer = BUYER.__class__(f"{CANARY}方有限公司", BUYER.tax_id, address=f"{CANARY}路")
            wanted = draft(buyer=buyer, remark=f"{CANARY}备注", lines=(line(name=f"{CANARY}纸"),),
                           order_no=f"{CANARY}-7", source_ref=f"{CANARY}-7")  # fmt: skip
            outcome = post(wanted, "k", self.actor("owner"))
        if outcome.document is None:
            raise AssertionError([fault.code for fault in outcome.faults])
        self.house.runner().drain(30)
        with scope.opened(self.a):
            self.number = documents.find_document(outcome.document.id).number
        return outcome.document.id

    def _secrets(self) -> None:
        owner = self.users["owner"].id
        with scope.opened(self.a, owner), db.transaction():
            self.draft = rng.ulid()
            keep(Sheet(self.draft, {"buyer.name": f"{CANARY}草稿", "remark": CANARY}, ({"name": CANARY},)))
            save_buyer("", {"name": f"{CANARY}名单", "tax_id": BUYER.tax_id})
            self.buyer = find_buyers(f"{CANARY}名单")[0].id
            found = find_items(CANARY)
            self.item = found[0].id if found else self.buyer
            self.check = verify.check(Claim(self.number, clock.today(), 33900), f"user:{owner}").id
            strays.add(Listed(STRAY, "S1", "2026-11-20T10:00:00+08:00", f"{CANARY}迷", 100), "puppet")
            self.original = str((db.rows("SELECT id FROM archive_original") or [("none",)])[0][0])
        self.sign_in("owner")
        self.session = Session.get(Session.user == owner).id

    @property
    def canaries(self) -> tuple[str, ...]:
        """What nobody outside A may ever see."""
        mails = tuple(self.users[name].email for name in _OF_A)
        return (CANARY, self.number, *mails)

    @property
    def ids(self) -> dict[str, str]:
        """Ids of things of A, by what they name."""
        return {
            "document": self.document, "draft": self.draft, "buyer": self.buyer, "check": self.check,
            "item": self.item, "original": self.original,
            "user": self.users["viewer"].id, "company": self.a, "session": self.session, "stray": STRAY,
        }  # fmt: skip

    def sign_in(self, name: str) -> FlaskClient:
        """A browser with a fresh sign-in, from a network address of its own."""
        client = self.stranger()
        given = {"login": self.users[name].email, "password": PASSWORD}
        csrf = self.app.config["WTF_CSRF_ENABLED"]
        self.app.config["WTF_CSRF_ENABLED"] = False
        answer = client.post("/accounts/sign-in", data=given)
        self.app.config["WTF_CSRF_ENABLED"] = csrf
        if answer.status_code != 303:
            raise AssertionError(f"{name} cannot sign in: {answer.status_code}")
        client.get(answer.headers["Location"])
        return client

    def stranger(self) -> FlaskClient:
        """A browser that nobody signed in at."""
        client = self.app.test_client()
        self._addresses += 1
        client.environ_base["REMOTE_ADDR"] = f"10.7.{self._addresses // 250}.{self._addresses % 250 + 1}"
        return client

    def acting_for_b(self) -> FlaskClient:
        """One who belongs to both, as B's owner."""
        client = self.sign_in("both")
        assert client.post("/company", data={"company": self.b}).status_code == 303
        return client

    def expired(self) -> FlaskClient:
        """A browser of A's owner whose sign-in was revoked."""
        client = self.sign_in("owner")
        newest = Session.select().order_by(Session.made_at.desc(), Session.seen_at.desc()).first()
        with db.transaction():
            Session.delete().where(Session.id == newest.id).execute()
        return client

    def forged(self) -> FlaskClient:
        """A browser with a cookie that nobody signed."""
        client = self.stranger()
        client.set_cookie("fapiao", "eyJfdXNlcl9pZCI6ICJvd25lciJ9.aaaa.bbbb")
        return client


def posting_rules(house: House) -> list[RuleSet]:
    """The rules that the plugins brought: `posting.furnish` takes them together with the channels."""
    return [rules for _, given in house.plugins.provide("provide_rules") for rules in given]


@contextmanager
def world_in(root: Path, environ: Mapping[str, str] | None = None) -> Iterator[World]:
    """A world for the length of the block."""
    root.mkdir(parents=True, exist_ok=True)
    made = World(root, environ)
    try:
        yield made
    finally:
        made.house.close()


def _user(name: str) -> User:
    mail = f"{name}@canary-a.example.cn" if name in ROLES else f"{name}@example.cn"
    return User.create(
        id=rng.ulid(), email=mail, mobile="", name=name, password=credentials.hashed(PASSWORD),
        fs_uniquifier=rng.token(32), confirmed_at=clock.stamp(), made_at=clock.stamp(),
    )  # fmt: skip


def fingerprint(company: str = "") -> dict[str, str]:
    """A digest of every table's rows, or of one company's; what each request may touch is left out."""
    link = db.system.connection()
    names = [row[0] for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for name in sorted(name for name in names if not _VOLATILE.search(name)):
        columns = [row[1] for row in link.execute(f"PRAGMA table_info({name})")]
        if company and "company" not in columns:
            continue
        only = " WHERE company = ?" if company else ""
        digest = hashlib.sha256()
        for row in link.execute(f"SELECT * FROM {name}{only}", (company,) if company else ()):
            digest.update(repr(tuple(row)).encode())
        found[name] = digest.hexdigest()
    return found


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Tables that are not what they were."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
