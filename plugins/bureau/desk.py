"""The simulated bureau's HTTP face (WSGI): turns requests into work, and misbehaves where told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Request
from waitress.channel import ClientDisconnected

from core.api import clock
from plugins.bureau import inquiry, issuing, protocol
from plugins.bureau.assessment import Placed, read
from plugins.bureau.books import Books
from plugins.bureau.faults import Faults
from plugins.bureau.gate import Gate, seconds
from plugins.bureau.herald import Herald
from plugins.bureau.issuing import Job

Answer = tuple[int, str, bytes]
"""Status, media type, body."""

_JSON = "application/json; charset=utf-8"
_REASONS = {200: "200 OK", 400: "400 Bad Request", 401: "401 Unauthorized", 404: "404 Not Found",
            503: "503 Service Unavailable"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate. :ivar now: the bureau's clock. :ivar stamp: the caller's."""

    args: dict[str, str]
    body: bytes
    now: float
    stamp: float
    tail: str = ""

    def json(self) -> dict[str, Any]:
        """The body.

        :raise ValueError: it is no JSON object.
        """
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("no object")
        return value


class Desk:
    """The WSGI application."""

    def __init__(self, books: Books, gate: Gate, faults: Faults, herald: Herald) -> None:
        self._books, self._gate, self._faults, self._herald = books, gate, faults, herald
        self._admin = protocol.admin_key(gate.secret)
        self._routes: dict[tuple[str, str], Callable[[Call], dict[str, Any]]] = {
            ("POST", "/api/issue"): self._issue,
            ("POST", "/api/query"): self._query,
            ("GET", "/api/invoices"): self._list,
            ("GET", "/api/credit"): self._credit,
            ("POST", "/api/verify"): self._verify,
            ("POST", "/api/taxpayers"): self._register,
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        status, media, body = self._answer(request, request.get_data(cache=False))
        # One kind of garbage promises more than it sends: the connection ends in mid-sentence.
        length = len(body) + (100 if media == "broken" else 0)
        headers = [("Content-Type", media), ("Content-Length", str(length)), ("X-Simulated", "1")]
        start_response(_REASONS[status], headers)
        return [body]

    def _answer(self, request: Request, body: bytes) -> Answer:
        path = request.path
        if path == "/healthz":
            return _json({"code": protocol.OK, "simulated": True})
        if path in ("/api/faults", "/api/status"):
            return self._control(request, body)
        if latency := self._faults.value("latency_ms"):
            self._faults.count("latency_ms")
            clock.sleep(latency / 1000)
        now = clock.now().timestamp()
        if self._faults.value("down_until") > now:
            self._faults.count("down_until")
            if self._faults.extra("down_until", "mode") == "close":
                raise ClientDisconnected
            return _json(_said(protocol.DOWN), 503)
        return self._signed(request, body, now)

    def _signed(self, request: Request, body: bytes, now: float) -> Answer:
        query = request.query_string.decode("latin-1")
        target = f"{request.path}?{query}" if query else request.path
        believe, for_token = bool(self._faults.value("believe_caller_clock")), request.path == "/api/token"
        code = self._gate.check(request.method, target, dict(request.headers), body,
                                with_token=not for_token, believe=believe)  # fmt: skip
        if code:
            return _json(_said(code), 401)
        if for_token:
            life = self._faults.profile["token_seconds"]
            return _json(_said(protocol.OK) | {"token": self._gate.token(life), "expires_in": life})
        stamp = float(seconds(request.headers["X-Timestamp"]) or 0) if believe else now
        if believe:
            self._faults.count("believe_caller_clock")
        return self._work(request, Call(request.args.to_dict(), body, now, stamp))

    def _work(self, request: Request, call: Call) -> Answer:
        if self._faults.strikes("busy"):
            return _json(_said(protocol.TOO_FAST))
        handle = self._routes.get((request.method, request.path))
        try:
            if handle is not None:
                answer = _json(handle(call))
            elif request.path.startswith("/api/invoices/") and request.path.endswith("/original"):
                answer = self._original(call, request.path.split("/")[3])
            else:
                return _json(_said(protocol.MALFORMED), 404)
        except (ValueError, KeyError, TypeError):
            return _json(_said(protocol.MALFORMED), 400)
        if self._faults.strikes("drop_connection"):
            raise ClientDisconnected
        return self._garbage(answer) if self._faults.strikes("garbage") else answer

    def _garbage(self, answer: Answer) -> Answer:
        which = self._faults.counts["garbage"] % 3
        if which == 1:
            return 200, "text/html; charset=utf-8", "<html><body>系统维护中</body></html>".encode()
        half = answer[2][: len(answer[2]) // 2]
        return (200, _JSON, half) if which == 2 else (200, "broken", half)

    def _control(self, request: Request, body: bytes) -> Answer:
        if not protocol.same(request.headers.get("X-Bureau-Admin", ""), self._admin):
            return _json(_said(protocol.SIGNATURE), 401)
        now = clock.now().timestamp()
        if request.path == "/api/status":
            seller = request.args.get("seller", "")
            return _json(_said(protocol.OK) | inquiry.status(self._books, now, seller))
        if request.method == "POST":
            try:
                self._faults.change(json.loads(body), now)
            except (ValueError, TypeError, AttributeError) as error:
                return _json(_said(protocol.MALFORMED) | {"message": str(error)}, 400)
            with self._books.writing():
                self._books.remember("faults", self._faults.dump())
            self._herald.nudge()
        return _json(_said(protocol.OK) | self._faults.as_dict())

    def _issue(self, call: Call) -> dict[str, Any]:
        raws = call.json()["orders"]
        if type(raws) is not list or not 0 < len(raws) <= protocol.BATCH:
            raise ValueError("orders")
        codes, jobs, late, lost = self._plan(raws)
        profile = self._faults.profile
        if late:
            due = call.now + float(self._faults.extra("execute_late", "seconds"))
            issuing.postpone(self._books, [raws[place] for place in late], due, call.stamp)
            self._herald.nudge()
        if jobs:
            found = issuing.execute(self._books, list(jobs.values()), call.now, call.stamp,
                                    bool(profile["idempotent"]))  # fmt: skip
            codes |= dict(zip(jobs, found, strict=True))
            self._announce(jobs.values())
        if lost and len(raws) == 1:
            raise ClientDisconnected
        codes |= dict.fromkeys(lost, protocol.UNCERTAIN)
        results = [{"serial": _serial(raws[n]), **_said(codes[n])} for n in range(len(raws))]
        return _said(protocol.OK) | {"results": results}

    def _plan(self, raws: list[Any]) -> tuple[dict[int, str], dict[int, Job], list[int], list[int]]:
        """Codes already certain, jobs to execute, orders to postpone, answers to lose; by place."""
        codes: dict[int, str] = {}
        jobs: dict[int, Job] = {}
        late: list[int] = []
        lost: list[int] = []
        for place, raw in enumerate(raws):
            try:
                placed = read(raw)
            except ValueError:
                codes[place] = protocol.MALFORMED
                continue
            if self._faults.strikes("drop_request"):
                lost.append(place)
            elif self._faults.strikes("execute_late"):
                late.append(place)
                lost.append(place)
            else:
                self._decide(place, placed, codes, jobs)
                if self._faults.strikes("drop_answer"):
                    lost.append(place)
        return codes, jobs, late, lost

    def _decide(self, place: int, placed: Placed, codes: dict[int, str], jobs: dict[int, Job]) -> None:
        fail = ""
        if self._faults.value("out_of_credit"):
            self._faults.count("out_of_credit")
            codes[place] = protocol.NO_CREDIT
            return
        if self._faults.strikes("refuse"):
            fail = str(self._faults.extra("refuse", "reason"))
            if not self._faults.extra("refuse", "late"):
                codes[place] = fail
                return
        copies = 2 if placed.callback and self._faults.strikes("duplicate_callback") else 1
        jobs[place] = Job(placed, self._faults.profile["delay_ms"] / 1000, fail, copies)

    def _announce(self, jobs: Iterable[Job]) -> None:
        told = [job.placed.serial for job in jobs if job.placed.callback]
        if told and self._faults.strikes("callback_first"):
            issuing.finish_now(self._books, told)
            self._herald.wait_until_told(told, 2.0)
        elif told:
            self._herald.nudge()

    def _query(self, call: Call) -> dict[str, Any]:
        wanted = call.json()
        serials = [str(serial) for serial in wanted["serials"]]
        if not 0 < len(serials) <= protocol.BATCH:
            raise ValueError("serials")
        settle = self._faults.value("settle_seconds")

        def hide(executed: float) -> bool:
            hidden = bool(settle) and call.now < executed + settle
            if hidden:
                self._faults.count("settle_seconds")
            return hidden

        originals = bool(wanted.get("originals"))
        results = inquiry.query(self._books, serials, call.now, hide, originals)
        return _said(protocol.OK) | {"results": [self._maybe_foreign(result) for result in results]}

    def _maybe_foreign(self, result: dict[str, Any]) -> dict[str, Any]:
        if result["state"] == "done" and self._faults.strikes("wrong_company"):
            return inquiry.foreign(self._books, result)
        return result

    def _list(self, call: Call) -> dict[str, Any]:
        args = call.args
        after, limit = int(args.get("after", 0)), int(args.get("limit", inquiry.PAGE))
        page = inquiry.listing(self._books, args["seller"], args["since"], args["until"], after, limit)
        return _said(protocol.OK) | page

    def _original(self, call: Call, number: str) -> Answer:
        xml = inquiry.original(self._books, number, call.now)
        if xml is None:
            return _json(_said(protocol.NUMBER_UNKNOWN))
        return 200, "application/xml", xml

    def _credit(self, call: Call) -> dict[str, Any]:
        credit = inquiry.credit(self._books, call.args["seller"])
        return _said(protocol.OK) | credit if credit else _said(protocol.SELLER)

    def _verify(self, call: Call) -> dict[str, Any]:
        asked = call.json()
        verdict = inquiry.verify(self._books, str(asked["number"]), str(asked["date"]), int(asked["total"]))
        if verdict is None:
            return _said(protocol.TOO_MANY_CHECKS)
        return _said(protocol.OK) | {"result": verdict, "notice": protocol.SPECIMEN}

    def _register(self, call: Call) -> dict[str, Any]:
        return _said(protocol.OK) | inquiry.register(self._books, call.json())


def _said(code: str) -> dict[str, Any]:
    return {"code": code, "message": protocol.TEXTS[code]}


def _serial(raw: Any) -> str:
    return str(raw.get("serial", "")) if isinstance(raw, dict) else ""


def _json(value: dict[str, Any], status: int = 200) -> Answer:
    return status, _JSON, json.dumps(value, ensure_ascii=False).encode()
