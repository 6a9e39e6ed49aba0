"""Where somebody can put text, and the pages that show it: for the row that looks for scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from flask.testing import FlaskClient

from core import db, rng, scope, strays
from core.channels import Listed
from core.posting import post
from plugins.accounts.tables import Mail, Session, User
from tests.factories import BUYER, draft, line
from tests.hostile import forms
from tests.hostile.world import World


@dataclass
class Shop:
    """Who fills fields: the world, its owner's browser, and a count that makes order numbers unique."""

    world: World
    client: FlaskClient
    count: int = 0
    asked: list[str] = field(default_factory=list)

    def next(self) -> str:
        """A number nobody had."""
        self.count += 1
        return f"N{self.count}"


Fill = Callable[[Shop, Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. :ivar fill: puts payloads into it and answers the pages that show them.

    :ivar many: it holds any number of them at once.
    """

    name: str
    fill: Fill
    many: bool = False


def _buyers(shop: Shop, payloads: Sequence[str]) -> list[str]:
    for payload in payloads:
        given = {"name": payload, "address": payload, "bank": payload, "account": payload, "phone": payload,
                 "email": payload, "mobile": payload}  # fmt: skip
        shop.client.post("/issuing/buyers/edit", data=given)
    with scope.opened(shop.world.a):
        id = db.rows("SELECT id FROM issuing_buyer ORDER BY id DESC")[0][0]
    return ["/issuing/buyers", f"/issuing/buyers/edit?id={id}", "/issuing/lookup/buyers?q=class"]


def _drafts(shop: Shop, payloads: Sequence[str]) -> list[str]:
    urls = []
    for payload in payloads:
        given = {name: payload for name, text in forms.invoice("x").items() if text and name != "kind"}
        shop.client.post(
            "/issuing/new", data={**given, "kind": "ordinary", "do": "later", "key": (key := rng.ulid())}
        )
        urls.append(f"/issuing/new?draft={key}")
    return ["/issuing/drafts", *urls[:6]]


def _invoices(shop: Shop, payloads: Sequence[str]) -> list[str]:
    for payload in payloads:
        order = shop.next()
        with scope.opened(shop.world.a, shop.world.users["owner"].id):
            wanted = draft(
                buyer=BUYER.__class__(payload[:90], BUYER.tax_id, address=payload[:90]), remark=payload,
                source_ref=order, order_no=f"{order}", lines=(line(name=payload[:60], spec=payload[:30]),),
                drawer=payload[:40],
            )  # fmt: skip
            outcome = post(wanted, order, shop.world.actor("owner"))
        if outcome.document is not None:
            shop.asked.append(outcome.document.id)
    shop.world.house.runner().drain(20)
    last = [f"/issuing/{id}" for id in shop.asked[-4:]] + [f"/archive/{id}" for id in shop.asked[-2:]]
    return [
        "/",
        "/issuing/",
        "/archive/",
        "/archive/search?q=class",
        *last,
        f"/issuing/new?copy={shop.asked[-1]}",
    ]


def _strays(shop: Shop, payloads: Sequence[str]) -> list[str]:
    with scope.opened(shop.world.a), db.transaction():
        for payload in payloads:
            strays.add(
                Listed(f"2611{rng.token(8)}"[:20], "S", "2026-11-20T10:00:00+08:00", payload, 100), "puppet"
            )
    return ["/differences"]


def _sessions(shop: Shop, payloads: Sequence[str]) -> list[str]:
    owner, now = shop.world.users["owner"].id, "2026-11-24T10:00:00.000+00:00"
    with db.transaction():
        for payload in payloads:
            Session.create(
                id=rng.token(32),
                user=owner,
                made_at=now,
                seen_at=now,
                lasts=9,
                address=payload,
                agent=payload,
            )
    return ["/accounts/sessions"]


def _mails(shop: Shop, payloads: Sequence[str]) -> list[str]:
    with db.transaction():
        for payload in payloads:
            at = "2026-11-24T10:00:00.000+00:00"
            words = {"recipient": payload, "subject": payload, "body": payload}
            Mail.create(id=rng.ulid(), made_at=at, state="kept", **words)
    return ["/accounts/mailbox"]


def _profile(shop: Shop, payloads: Sequence[str]) -> list[str]:
    payload = payloads[0]
    with scope.opened(shop.world.a):
        found = db.rows("SELECT version FROM companies_profile")
    version = str(found[0][0] if found else 0)
    good = forms.good(shop.world, "companies.save", "1")
    given = {**good, "name": payload[:100], "address": payload, "bank": payload[:100], "drawer": payload[:50],
             "version": version}  # fmt: skip
    shop.client.post("/companies/profile/edit", data=given)
    return ["/companies/profile", "/companies/profile/edit", "/issuing/new", "/accounts/start"]


def _own_name(shop: Shop, payloads: Sequence[str]) -> list[str]:
    with db.transaction():
        User.update(name=payloads[0]).where(User.id == shop.world.users["owner"].id).execute()
    return ["/accounts/me", "/accounts/members", "/"]


def _member(shop: Shop, payloads: Sequence[str]) -> list[str]:
    with db.transaction():
        for name, payload in zip(("viewer", "sales", "finance"), [*payloads] * 3, strict=False):
            User.update(name=payload, email=f"{name}{payload}").where(
                User.id == shop.world.users[name].id
            ).execute()
    return ["/accounts/members"]


def _company_name(shop: Shop, payloads: Sequence[str]) -> list[str]:
    with scope.opened(shop.world.a), db.transaction():
        db.execute("UPDATE accounts_member SET company_name = ?", payloads[0])
        db.execute("UPDATE company SET name = ?", payloads[0])
    return ["/accounts/start", "/", "/modules"]


def _frozen(shop: Shop, payloads: Sequence[str]) -> list[str]:
    with db.transaction(db.system):
        db.system.execute_sql("UPDATE instance SET frozen = ?", (payloads[0],))
    return ["/", "/issuing/new"]


def _thawed(shop: Shop, _payloads: Sequence[str]) -> list[str]:
    with db.transaction(db.system):
        db.system.execute_sql("UPDATE instance SET frozen = ''")
    return ["/"]


def _asked(path: str) -> Fill:
    return lambda _shop, payloads: [path.replace("X", quote(payload, safe="")) for payload in payloads]


FIELDS: tuple[Field, ...] = (
    Field("buyers", _buyers, many=True),
    Field("drafts", _drafts, many=True),
    Field("invoices", _invoices, many=True),
    Field("mails", _mails, many=True),
    Field("sessions", _sessions, many=True),
    Field("differences", _strays, many=True),
    Field("the company's profile", _profile),
    Field("one's own name", _own_name),
    Field("members", _member),
    Field("the company's name", _company_name),
    Field("the search box", _asked("/archive/search?q=X")),
    Field("a check's fields", _asked("/verify/?number=X&day=X&total=X&qr=X")),
    Field("the public check", _asked("/verify/public?number=X&day=X&total=X")),
    Field("a path of nothing", _asked("/X")),
    Field("the mail's address", _asked("/accounts/check-mail?email=X@example.cn&reset=1")),
    Field(
        "the form of registering", _asked("/accounts/register?name=X&email=X&mobile=X&company=X&as=company")
    ),
    Field("where to go on", _asked("/accounts/sign-in?next=X")),
    Field("tabs and months", _asked("/issuing/?tab=X&before=X")),
    Field("the archive's month", _asked("/archive/?month=X&after=X")),
    Field("buyers asked for", _asked("/issuing/buyers?q=X&after=X")),
    Field("goods asked for", _asked("/issuing/lookup/goods/0?q=X")),
    Field("rows asked for", _asked("/issuing/moving?ids=X&tick=1")),
    Field("a draft of nothing", _asked("/issuing/new?draft=X")),
    Field("done", _asked("/accounts/me?done=X")),
    Field("a link of nothing", _asked("/accounts/reset/X")),
    Field("why it is frozen", _frozen),
    Field("and thawed", _thawed),
)
"""Every field, those that are stored first."""
