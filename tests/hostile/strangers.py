"""Row S1: every route × every method × every kind of visitor, with ids of others everywhere an id can go.

Three questions are asked of each answer: is its status the one that the hand-written table of policies wants;
does it show anything of a company that is not the visitor's; and, where an id of another company was named,
is it the very answer that an id nobody ever had gets.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from random import Random
from statistics import median
from typing import Any
from unittest import mock

from flask.testing import FlaskClient
from werkzeug.routing import Rule

from core import db, documents, security
from core.errors import Forbidden
from tests.hostile import policies
from tests.hostile.calls import METHODS, Answer, Call, Who, endpoint_of, path_of, wrong
from tests.hostile.policies import FIELD_IDS, PATH_IDS, SIGNING_OUT
from tests.hostile.world import CANARY, World, changed, fingerprint, world_in
from tests.proof.invariants import isolated
from tests.proof.row import Job, Tally

VISITORS: dict[Who, Callable[[World], FlaskClient]] = {
    Who("a stranger", known=False): lambda w: w.stranger(),
    Who("a revoked sign-in", known=False): lambda w: w.expired(),
    Who("a forged cookie", known=False): lambda w: w.forged(),
    Who("a user without a company"): lambda w: w.sign_in("idle"),
    Who("a suspended member"): lambda w: w.sign_in("out"),
    Who("an invited person"): lambda w: w.sign_in("invited"),
    Who("an owner elsewhere", "owner", "b"): lambda w: w.sign_in("other"),
    Who("a viewer elsewhere", "viewer", "b"): lambda w: w.sign_in("otherviewer"),
    Who("an owner elsewhere, viewer here", "owner", "b"): lambda w: w.acting_for_b(),
    **{
        Who(f"{role} here", role, "a"): partial(World.sign_in, name=role)
        for role in ("support", "viewer", "sales", "finance", "admin", "owner")
    },
}

HEADERS: list[dict[str, str]] = [
    {}, {"HX-Request": "true"}, {"Accept": "application/json"}, {"Accept": "text/html"},
    {"Accept-Language": "en"}, {"HX-Request": "true", "HX-Target": "x", "Accept-Language": "en"},
]  # fmt: skip


def rules(world: World) -> list[Rule]:
    """Every route but the shell's own files."""
    return [rule for rule in world.app.url_map.iter_rules() if rule.endpoint != "static"]


def unknown(ids: Mapping[str, str]) -> dict[str, str]:
    """Ids like those, of nothing: they differ in the last character, so they sort alike."""
    return {kind: id[:-1] + ("0" if id[-1] != "0" else "1") for kind, id in ids.items()}


def misdirected(world: World, who: Who) -> dict[str, str]:
    """The company's header and query that somebody tries to choose it by."""
    return {"company": world.a, "tenant": world.a} if who.is_outside else {}


def call_for(world: World, who: Who, rule: Rule, method: str, headers: Mapping[str, str]) -> Call:
    """A request with A's real ids, except where its sender may change A by it."""
    ids = world.ids
    mine = who.at == "a" and who.role in policies.ROLES_OF.get(policies.POLICIES.get(rule.endpoint, ""), ())
    own = who.name == "an invited person" or (who.at == "a" and rule.endpoint == "accounts.answer")
    path = path_of(world, rule, unknown(ids) if (mine and method not in ("GET", "HEAD")) or own else ids)
    assert path is not None, f"{rule.rule}: tell tests/hostile/policies.py what its parameters are"
    tries = {"X-Tenant-Id": world.a, "X-Company": world.a, "X-HTTP-Method-Override": "GET"}
    return Call(who, method, path, misdirected(world, who), {}, {**headers, **tries})


def matrix(world: World, who: Who, random: Random, count: int) -> Iterator[Call]:
    """Every route by the methods it is for, then any others by chance up to `count`."""
    own = [(r, method) for r in rules(world) for method in sorted({*(r.methods or ())} - {"HEAD", "OPTIONS"})]
    everything = [(rule, method) for rule in rules(world) for method in METHODS]
    chosen = own + [random.choice(everything) for _ in range(max(0, count - len(own)))]
    for number, (rule, method) in enumerate(chosen):
        headers = {} if number < len(own) else random.choice(HEADERS)
        call = call_for(world, who, rule, method, headers)
        if who.known and endpoint_of(world, call) in SIGNING_OUT and method == "POST":
            continue
        yield call


def pairs(world: World, who: Who, random: Random) -> Iterator[tuple[Call, Call, str, str]]:
    """Requests that name a thing of A, each with its twin that names nothing, and the two ids."""
    ids, none = world.ids, unknown(world.ids)
    for rule in rules(world):
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        headers = random.choice(HEADERS[:3])
        for kind in PATH_IDS.get(rule.endpoint, {}).values():
            paths = [path_of(world, rule, found) for found in (ids, none)]
            twins = [Call(who, method, str(path), {}, {"role": "owner"}, headers) for path in paths]
            yield twins[0], twins[1], ids[kind], none[kind]
        for name, kind in FIELD_IDS.get(rule.endpoint, {}).items():
            if kind == "company" and "here" in who.name:
                continue
            yield *_twins(who, rule, method, headers, (name, kind), (ids, none)), ids[kind], none[kind]


def _twins(
    who: Who, rule: Rule, method: str, headers: Mapping[str, str], named: tuple[str, str],
    both: tuple[Mapping[str, str], Mapping[str, str]],
) -> tuple[Call, Call]:  # fmt: skip
    made = []
    for found in both:
        value = {"do": f"buyer-{found['buyer']}"}.get(named[0], found[named[1]])
        given = {named[0]: value, **({"name": "改", "buyer.name": "乙方"} if method == "POST" else {})}
        place = {"form": given} if method == "POST" else {"query": given}
        made.append(Call(who, method, rule.rule, headers=headers, **place))
    return made[0], made[1]


def leaks(world: World, call: Call, got: Answer) -> list[str]:
    """Anything of A in an answer to somebody outside it."""
    if not call.who.is_outside:
        return []
    text = got.text
    if any(word in call.who.name for word in ("invited", "suspended", "viewer here")):
        text = text.replace(f"{CANARY}公司", "")  # they know A's name, and nothing else of it
    return isolated(text, world.canaries, call.name)


def shown(call: Call) -> int:
    """How much of two answers is compared: a form that is kept shows on the next page, so its status only."""
    return 1 if "key" in call.form else 3


def visit(world: World, who: Who, tally: Tally, random: Random, count: int) -> dict[str, list[float]]:
    """Everything that one visitor tries; how long foreign and unknown ids took."""
    client, sent = VISITORS[who](world), 0
    spent: dict[str, list[float]] = {"foreign": [], "unknown": []}
    before = fingerprint(world.a)
    twins = list(pairs(world, who, random)) if who.is_outside and "invited" not in who.name else []
    for theirs, nothing, foreign, none in twins:
        started = time.perf_counter()
        first = theirs.send(client)
        between = time.perf_counter()
        second = nothing.send(client)
        spent["foreign"].append(between - started)
        spent["unknown"].append(time.perf_counter() - between)
        differs = first.shape(foreign, none)[: shown(theirs)] != second.shape(foreign, none)[: shown(theirs)]
        problem = [f"{theirs.name} → {first.status}, of nothing → {second.status}: they differ"]
        found = wrong(world, theirs, first) + leaks(world, theirs, first) + problem * differs
        tally.case(theirs.name, {"I9": found})
        tally.case(nothing.name, {"I9": wrong(world, nothing, second) + leaks(world, nothing, second)})
        sent += 2
    for call in matrix(world, who, random, count - sent):
        got = call.send(client)
        tally.case(call.name, {"I9": wrong(world, call, got) + leaks(world, call, got)})
    if who.is_outside:
        found = [f"{who.name} changed {table} of A" for table in changed(before, fingerprint(world.a))]
        tally.case(f"{who.name}: A afterwards", {"I9": found})
    return spent


def _gate_off() -> Any:
    return mock.patch.object(security, "_enforce", return_value=None)


def _every_role() -> Any:
    def may(permission: str) -> bool:
        return security.actor_or_none() is not None or permission == "public"

    return mock.patch.object(security, "may", may)


def _told_apart() -> Any:
    kept = documents.find_document

    def find(id: str) -> Any:
        there = db.system.execute_sql("SELECT 1 FROM _document WHERE id = ?", (id,)).fetchone()
        try:
            return kept(id)
        except Exception:
            if there:
                raise Forbidden("这是别家公司的发票") from None
            raise

    return mock.patch.object(documents, "find_document", find)


def _company_from_query() -> Any:
    from flask import request

    kept = security._enforce

    def enforce(*args: Any) -> Any:
        if request.values.get("tenant"):
            from core import scope

            scope._current.set(scope.Scope(request.values["tenant"], scope.user()))
        return kept(*args)

    return mock.patch.object(security, "_enforce", enforce)


PLANTED: dict[str, Callable[[], Any]] = {
    "the gate lets everybody through": _gate_off,
    "every role may everything": _every_role,
    "another company's id is told apart from none": _told_apart,
    "the company is taken from the query": _company_from_query,
}


def run(job: Job) -> Tally:
    """`size` requests, spread over the visitors; those outside first, while A is as it was."""
    tally, random = Tally(job), Random(job.seed)
    spent: dict[str, list[float]] = {"foreign": [], "unknown": []}
    with ExitStack() as stack:
        world = stack.enter_context(world_in(job.folder / "world"))
        undeclared = sorted({rule.endpoint for rule in rules(world)} - set(policies.POLICIES))
        tally.case("the table of policies", {"I9": [f"{view} stands in no table" for view in undeclared]})
        if job.plant:
            stack.enter_context(PLANTED[job.plant]())
        started = time.perf_counter()
        for who in VISITORS:
            for kind, seconds in visit(world, who, tally, random, job.size // len(VISITORS)).items():
                spent[kind] += seconds
        tally.measured["per second"] = round(tally.cases / (time.perf_counter() - started))
        tally.measured |= {f"ms, {kind} id": round(median(s) * 1000, 2) for kind, s in spent.items() if s}
    return tally
