"""The neighbour of every specimen: a well-behaved plugin that issues, listens, works, and says what it sees.

Installed as a stranger's plugin like the specimen itself, in every start of the zoo. Its pages are how
the zoo drives a server: who signs in says so in a header, `POST /desk/issue` asks for an invoice, and
`/desk/world` tells the state of the process that everybody shares, as this plugin finds it.
"""

from __future__ import annotations

import decimal
import gc
import json
import locale
import logging
import os
import signal
import socket
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import peewee
from flask import Blueprint, Response, jsonify, request

from core import api
from core.api import (
    Actor,
    Event,
    Invoice,
    Job,
    Line,
    MenuEntry,
    Panel,
    Party,
    Permission,
    Plugin,
    Visitor,
    allow,
    channels,
    csrf_exempt,
    hookimpl,
    money,
    post,
)

PLUGIN = Plugin("desk", "柜台", "好邻居:开票、听事件、做后台任务", default_on=True)
CAPS = channels.ChannelCaps(True, "strong", 5.0, listing=True, asynchronous=True, ask_after=0.2, batch=20)
OWN = ("DESK", "FAPIAO_PLUGINS", "FAPIAO_PORT", "PYTHONPATH", "ZOO_PLANT")
"""Variables that differ from cage to cage."""
bp = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")


def _kept(name: str) -> Path:
    return api.house().folder.root / f"desk-{name}"


def world() -> dict[str, Any]:
    """What every plugin and core itself rely on, as it is now in this process and thread."""
    context = decimal.getcontext()
    mask = os.umask(0o77)
    os.umask(mask)
    return {
        "decimal": [context.prec, context.rounding, decimal.Context().prec],
        "cwd": os.getcwd() == str(api.house().folder.root.parent),
        "umask": mask,
        "locale": locale.setlocale(locale.LC_ALL),
        "environ": hash_of({k: v for k, v in os.environ.items() if k not in OWN}),
        "timeout": socket.getdefaulttimeout(),
        "recursion": sys.getrecursionlimit() > 500,
        "gc": gc.isenabled(),
        "warnings": any(f[0] == "error" and f[2] is Warning for f in warnings.filters),
        "term": str(signal.getsignal(signal.SIGTERM)).partition(" at ")[0],
        "json": json.loads(json.dumps({"a": [1, "x"]})),
        "clock": time.monotonic() > 1,
        "money": [money.yuan(123456), money.round_fen(Decimal("1.005"))],
        "peewee": peewee.Model.save.__module__,
        "logging": [logging.root.manager.disable, len(logging.root.handlers)],
        "stdout": sys.stdout.closed,
    }


def hash_of(values: dict[str, str]) -> int:
    """Short for the log: two environments are equal, or not."""
    return sum(len(name) * 131 + sum(text.encode()) for name, text in values.items())


class Bureau:
    """Issues what it is asked for, once per serial, and keeps its books in a file."""

    name, title, caps = "desk", "柜台税局", CAPS

    def submit(self, company: str, orders: Sequence[channels.Order]) -> Sequence[channels.Answer]:
        """Take them."""
        known = {made.serial for made in self._books()}
        with _kept("books.jsonl").open("a") as books:
            for number, order in enumerate(orders, len(known) + 1):
                if order.serial not in known:
                    i = order.invoice
                    made = channels.Issued(order.serial, f"26110{number:015d}", "2026-11-24T10:00:00+08:00",
                                           i.seller.tax_id, i.buyer.name, i.total)  # fmt: skip
                    books.write(json.dumps(asdict(made), ensure_ascii=False) + "\n")
        return [channels.Accepted()] * len(orders)

    def query(self, company: str, orders: Sequence[channels.Order]) -> Sequence[channels.Answer]:
        """Say what became of them."""
        books = {made.serial: made for made in self._books()}
        return [books.get(order.serial) or channels.NotFound() for order in orders]

    def listing(self, company: str, since: str, until: str) -> Sequence[channels.Listed]:
        """Not asked for here."""
        return []

    @staticmethod
    def _books() -> list[channels.Issued]:
        path = _kept("books.jsonl")
        lines = path.read_text().splitlines() if path.exists() else []
        return [channels.Issued(**{**json.loads(line), "files": ()}) for line in lines]


@bp.post("/issue")
@csrf_exempt  # type: ignore[untyped-decorator]
@allow("desk.work")
def issue() -> tuple[Response, int]:
    """Ask for an invoice whose money needs more than two digits of precision."""
    ref = request.form["ref"]
    made = Line(name="复印纸", code="1060102010000000000", short_name="纸制品", spec="A4", unit="箱",
                quantity=Decimal("33"), price=Decimal("1234.56"), rate="0.13")  # fmt: skip
    seller = Party(
        "北京云杉办公用品有限公司", "91110108MA01ABCD5T", "北京市海淀区学院路 1 号", "010-62000000"
    )
    buyer = Party(f"上海样例贸易有限公司{ref}", "91310115MA1K00007Q")
    draft = Invoice(kind="ordinary", source="order", source_ref=ref, order_no=ref, seller=seller, buyer=buyer,
                    lines=(made,), drawer="张三")  # fmt: skip
    outcome = post(draft, request.form["key"], api.actor())
    document = outcome.document
    codes = [fault.code for fault in outcome.faults]
    said = {"document": document.id if document else "", "ref": ref, "faults": codes,
            "snapshot": document.snapshot if document else ""}  # fmt: skip
    return jsonify(said), 200 if document and not any(f.severity == "error" for f in outcome.faults) else 422


@bp.get("/documents")
@allow("desk.work")
def documents() -> Response:
    """The company's documents."""
    found = api.documents.documents(limit=200)
    return jsonify([[d.invoice.source_ref, d.state, d.number, d.invoice.total] for d in found])


@bp.get("/world")
@allow("desk.work")
def show_world() -> Response:
    """The shared state here and in the worker, and what this plugin was told and did."""
    company = api.scope().company
    files = {name: _kept(name).read_text() if _kept(name).exists() else ""
             for name in ("work.json", f"told-{company}")}  # fmt: skip
    events = [event.seq for event in api.ledger.events(0, 1000)]
    told = [int(line) for line in files[f"told-{company}"].split()]
    there = json.loads(files["work.json"] or "{}")
    return jsonify(here=world(), there=there, events=len(events), told=len(set(told)))


def _work(task: api.Task) -> None:
    content = json.dumps({**world(), "runs": time.time()})
    scratch = _kept(f"work.{task.company}")
    scratch.write_text(content)
    scratch.rename(_kept("work.json"))


@hookimpl
def provide_blueprint() -> Blueprint:
    return bp


@hookimpl
def provide_menu() -> list[MenuEntry]:
    return [MenuEntry("desk.documents", "柜台", "invoice", "desk.work")]


@hookimpl
def provide_permissions() -> list[Permission]:
    return [Permission("desk.work", "在柜台工作", ("owner", "finance"))]


@hookimpl
def provide_panels() -> list[Panel]:
    return [Panel("desk/panel.html", lambda: {"text": "desk-panel-works"}, "desk.work", 90)]


@hookimpl
def provide_jobs() -> list[Job]:
    return [Job("desk.work", _work, "柜台任务", every=0.5)]


@hookimpl
def provide_channel() -> channels.Channel:
    return Bureau()


@hookimpl
def on_event(event: Event) -> None:
    with _kept(f"told-{api.scope().company}").open("a") as told:
        told.write(f"{event.seq}\n")


@hookimpl
def choose_visitor() -> Visitor | None:
    user = request.headers.get("X-Desk-User", "")
    return Visitor(user, user) if user else None


@hookimpl
def choose_actor(visitor: Visitor) -> Actor | None:
    company, role = request.headers.get("X-Desk-Company", ""), request.headers.get("X-Desk-Role", "owner")
    return Actor(visitor.user, visitor.name, company, role, {company: role}) if company else None
