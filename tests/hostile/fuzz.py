"""Row S9: every route's forms, queries, headers and bodies with values nobody expects, signed in as owner.

No answer is a failure of ours, every refusal says what is wrong, no request takes long, and the record is
sound afterwards, whatever got through.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode

from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from core import db, registry, scope
from plugins.accounts.tables import User
from plugins.issuing import known
from tests.contract.test_wheel import free_port
from tests.hostile import forms, junk
from tests.hostile.calls import path_of
from tests.hostile.policies import SIGNING_OUT
from tests.hostile.strangers import rules
from tests.hostile.world import World, world_in
from tests.proof.invariants import sound
from tests.proof.record import Record
from tests.proof.row import Job, Tally

SECONDS = 10.0
"""What one answer may take, at most."""

MEND_EVERY = 100
_MOVES = {
    "accounts.found_company",
    "accounts.enter",
    "accounts.apply_invited",
    "shell.switch_company",
} | SIGNING_OUT
"""After these the browser may be somebody else, or act for another company: a fresh one goes on."""

_KINDS = (
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/json",
    "multipart/form-data", "application/x-www-form-urlencoded; charset=utf-7", "x", "",
)  # fmt: skip
_UNREADABLE = (
    b"", b"--x", b"--x\r\n\r\n", b'--x\r\nContent-Disposition: form-data; name="do"\r\n\r\nissue',
    b'--x\r\nContent-Disposition: form-data; name="a"; filename=b\r\nContent-Length: -1\r\n\r\n\xff\r\n--x--',
    b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n", b"&&&===&;", b"a=%zz&=&a", b"\0" * 5000,
)  # fmt: skip


@dataclass
class Hit:
    """One request as it was sent, for whoever has to send it again."""

    endpoint: str
    method: str
    path: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    how: str = "form"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """In one line, long values cut."""
        shown = {
            name[:40]: text if len(text) < 60 else f"{text[:30]}…×{len(text)}" for name, text in self.fields
        }
        return (
            f"{self.method} {self.path[:120]} {self.how} {shown} {self.body[:80]!r} {str(self.headers)[:120]}"
        )


class Broke(logging.Handler):
    """Remembers what the last answer of 500 was about."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            error, trace = record.exc_info[1], record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
            self.last = f"{type(error).__name__}: {error} at {place}"[:400]


class Fuzzer:
    """Makes and sends the requests of one run."""

    def __init__(self, world: World, random: Random) -> None:
        self.world, self.random, self.broke = world, random, Broke()
        self.statuses: Counter[int] = Counter()
        self.hashed = {user.id: user.password for user in User.select()}
        self.client, self.token = self._enter()

    def _enter(self) -> tuple[FlaskClient, str]:
        self.mend()
        client = self.world.sign_in("owner")
        page = client.get("/accounts/me").text
        return client, page.partition('name="csrf_token" value="')[2].partition('"')[0]

    def hits(self) -> Iterator[Hit]:
        """For ever: every route in turn, in an order of chance."""
        number = 0
        while True:
            chosen = [
                (r, m) for r in rules(self.world) for m in sorted((r.methods or set()) - {"OPTIONS", "HEAD"})
            ]
            # What a form says goes deepest where invoices are made: three of those to each other one.
            chosen += [(r, m) for r, m in chosen if r.endpoint in ("issuing.submit", "issuing.preview")] * 3
            self.random.shuffle(chosen)
            for rule, method in chosen:
                number += 1
                if rule.endpoint in SIGNING_OUT and method == "POST" and self.random.random() < 0.7:
                    continue
                yield self.hit(rule, method, f"{number}")

    def hit(self, rule: Rule, method: str, order: str) -> Hit:
        """One request to a route: its good form with one to three things changed."""
        random, good = self.random, forms.good(self.world, rule.endpoint, order)
        fields = list(good.items())
        for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
            draw = random.random()
            if fields and draw < 0.7:
                at = random.randrange(len(fields))
                fields[at] = (fields[at][0], junk.value(random))
            elif fields and draw < 0.8:
                fields.pop(random.randrange(len(fields)))
            elif fields and draw < 0.88:
                fields.append((random.choice(fields)[0], junk.value(random)))
            else:
                fields.append((random.choice(junk.NAMES), junk.value(random)))
        if random.random() < 0.02:
            fields += [(f"lines[{i}].name", "x") for i in range(2500)]
        hit = Hit(rule.endpoint, method, self._path(rule), fields, headers=dict(random.choice(junk.HEADERS)))
        if method != "GET":
            hit.how = random.choice(("form", "form", "form", "multipart", "json", "raw"))
            hit.body = {"json": junk.deep(random), "raw": random.choice(_UNREADABLE)}.get(hit.how, b"")
        return hit

    def _path(self, rule: Rule) -> str:
        path = path_of(self.world, rule, self.world.ids) or rule.rule
        if rule.arguments and self.random.random() < 0.3:
            ids = {**self.world.ids, **dict.fromkeys(self.world.ids, "JUNK")}
            with suppress(HTTPException, ValueError):
                found = path_of(self.world, rule, ids) or path
                odd = junk.value(self.random)[:3000].replace("/", "")
                found = found.replace("JUNK", quote(odd.encode("utf-8", "replace")) or "x")
                return found.replace("no-such-token", quote(odd) or "x").replace("/0", "/" + "9" * 30)
        return path

    def send(self, hit: Hit) -> list[str]:
        """What is wrong with the answer."""
        sent = [(n.encode("utf-8", "replace"), t.encode("utf-8", "replace")) for n, t in hit.fields]
        raw = self.random.choice(junk.RAW) if self.random.random() < 0.1 else b""
        query = urlencode(sent).encode() + (b"&q=" + raw if raw else b"")
        given: dict[str, Any] = {"headers": {"X-CSRFToken": self.token, **hit.headers}, "method": hit.method}
        if hit.method == "GET":
            given["query_string"] = query.decode("latin-1")
        elif hit.how == "multipart":
            given |= {"data": dict(hit.fields), "content_type": "multipart/form-data"}
        elif hit.how == "form":
            given |= {"data": query, "content_type": "application/x-www-form-urlencoded"}
        else:
            kind = "application/json" if hit.how == "json" else self.random.choice(_KINDS)
            given |= {"data": hit.body, "content_type": kind}
        started = time.perf_counter()
        with self.client.open(hit.path, **given) as got:
            text = got.get_data().decode(errors="replace")
            seconds = time.perf_counter() - started
            self.statuses[got.status_code] += 1
            if hit.endpoint in _MOVES or got.status_code in (401, 403):
                self.client, self.token = self._enter()
            return self._judge(hit, got.status_code, text, got.headers.get("Location", ""), seconds)

    def _judge(self, hit: Hit, status: int, text: str, place: str, seconds: float) -> list[str]:
        where, found = f"{hit.name} → {status}", []
        if status >= 500 and not (status == 503 and hit.endpoint == "shell.readyz"):
            found.append(f"{where}: {self.broke.last}")
        if seconds > SECONDS:
            found.append(f"{where}: took {seconds:.1f} s")
        if place and not (place.startswith("/") and place[1:2] not in ("/", "\\")):
            found.append(f"{where}: leads to {place}")
        names = ("aria-invalid", 'role="alert"', 'class="error"', '"faults"', "notice")
        block = "HX-Request" in hit.headers or "json" in hit.headers.get("Accept", "")
        if status == 422 and not any(name in text for name in names):
            found.append(f"{where}: says not what is wrong: {text[:200]}")
        if status in (400, 404, 409, 413) and not block and 'role="alert"' not in text and "{" not in text:
            found.append(f"{where}: says nothing: {text[:200]}")
        return found

    def mend(self) -> None:
        """Put back what a good request may have changed: modules off, passwords, tries that are counted."""
        with db.transaction(db.system):
            db.system.execute_sql("DELETE FROM accounts_attempt")
            for id, password in self.hashed.items():
                db.system.execute_sql("UPDATE accounts_user SET password = ? WHERE id = ?", (password, id))
        with scope.opened(self.world.a):
            for module, on in registry.switches().items():
                if not on:
                    registry.switch(module, True, "user:test")


def _quantity_is_believed() -> Any:
    from core import forms as core_forms

    return mock.patch.object(
        core_forms, "parse_decimal", lambda text, places: __import__("decimal").Decimal(text)
    )


def _buyer_is_not_judged() -> Any:
    return mock.patch.object(known, "_buyer_faults", return_value=[])


PLANTED: dict[str, Callable[[], Any]] = {
    "a quantity is any number that Python reads": _quantity_is_believed,
    "the buyers' list takes anything": _buyer_is_not_judged,
}


@contextmanager
def beside(job: Job) -> Iterator[World]:
    """A world with a simulated bureau beside it, so that its page answers."""
    environ = {"FAPIAO_BUREAU_URL": f"http://127.0.0.1:{free_port()}", "FAPIAO_BUREAU_CALLBACK": "0",
               "FAPIAO_VERIFY_PUBLIC_PER_MINUTE": "1000000"}  # fmt: skip
    with world_in(job.folder / "world", environ) as world, world.house.companions():
        world.app.config["WTF_CSRF_ENABLED"] = True
        yield world


def run(job: Job) -> Tally:
    """`size` requests; after every hundred what got through is issued and the record is looked at."""
    tally = Tally(job)
    with ExitStack() as stack:
        world = stack.enter_context(beside(job))
        if job.plant:
            stack.enter_context(PLANTED[job.plant]())
        fuzzer = Fuzzer(world, Random(job.seed))
        log = logging.getLogger("core.app")
        log.addHandler(fuzzer.broke)
        stack.callback(log.removeHandler, fuzzer.broke)
        started = time.perf_counter()
        for number, hit in enumerate(fuzzer.hits(), 1):
            tally.case(hit.name, {"I18": fuzzer.send(hit)})
            if number % MEND_EVERY == 0 or number == job.size:
                fuzzer.mend()
                world.house.runner().drain(20)
                tally.case(f"the record after {number}", sound(Record(world.root)))
            if number == job.size:
                break
        tally.measured |= {str(status): count for status, count in sorted(fuzzer.statuses.items())}
        tally.measured["per second"] = round(job.size / (time.perf_counter() - started))
        tally.measured["documents"] = len(Record(world.root).papers)
    return tally
