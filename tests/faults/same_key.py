"""R5: storms of one request: 64 hands press one button of a real server at once, and it happens once.

A case is a storm: the same form under the same key; another content among them; one order under many keys;
a parked document queued again and withdrawn at once; the same order from the web and from the command line.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field

from benchmarks.clerk import Browser, order_form
from tests.faults import same_key_bugs
from tests.faults.kills_crowd import at_most
from tests.faults.kills_site import Site, opened, quiet_port
from tests.faults.same_key_storm import WIDTH, Commands, Form, Said, Storm
from tests.proof.invariants import Ack, Problems, agree, durable, replayed, sound
from tests.proof.row import Job, Tally

PLANTED = tuple(same_key_bugs.PLANTED)

KINDS = {"same": 100, "mixed": 40, "order": 36, "decide": 24}
FIRST = ("mixed", "same", "order", "decide", "command")
"""Each kind once, in this order, before chance decides."""
COMMAND_EVERY = 60
WIDTHS = (8, 8, 16, WIDTH)
PER_HOUSE = 1_000
PARKED = 40
"""Documents made ready for a person's decision, per data folder."""
SUBMIT = "/issuing/new"


@dataclass
class Table:
    """One server, one clerk with many hands."""

    tally: Tally
    site: Site
    storm: Storm
    chance: random.Random
    parked: list[str]
    acks: dict[str, Ack] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    number: int = 10_000

    def live(self, count: int, label: str) -> None:
        """So many storms."""
        for turn in range(count):
            kind = self._next(turn)
            self.number += 1
            self.counted[kind] += 1
            found = {
                "same": self._same, "mixed": self._mixed, "order": self._order, "decide": self._decide,
                "command": self._command,
            }[kind]()  # fmt: skip
            self.tally.case(f"{label} storm={turn} {kind}", found)

    def _next(self, turn: int) -> str:
        if turn < len(FIRST):
            return FIRST[turn]
        if turn % COMMAND_EVERY == 0:
            return "command"
        kind = self.chance.choices(list(KINDS), list(KINDS.values()))[0]
        return "same" if kind == "decide" and not self.parked else kind

    def _width(self) -> int:
        return self.chance.choice(WIDTHS)

    def _form(self) -> Form:
        form = order_form(self.number)
        return form if self.chance.random() < 0.5 else form | {"order_no": ""}

    def _press(self, forms: list[Form]) -> list[Said]:
        said = self.storm.press([(SUBMIT, form) for form in forms])
        self.counted["presses"] += len(said)
        return said

    def _same(self) -> dict[str, Problems]:
        form = self._form()
        said = self._press([form] * self._width())
        found = self._one_effect(form, said)
        return found | {"I10": replayed([(each.status, each.bytes) for each in said], form["key"])}

    def _mixed(self) -> dict[str, Problems]:
        form, width = self._form(), self._width()
        forms = [form, *(self._other(form, place) for place in range(1, 4))] * (width // 4)
        self.chance.shuffle(forms)
        said = self._press(forms)
        won = {one["lines[0].quantity"] for one, each in zip(forms, said, strict=True) if each.status == 303}
        problems = [f"{len(won)} contents were taken under one key"] if len(won) != 1 else []
        return self._one_effect(form, said, also=(422,)) | {"I10": problems}

    @staticmethod
    def _other(form: Form, place: int) -> Form:
        return form | {"lines[0].quantity": str(2 + place)}

    def _order(self) -> dict[str, Problems]:
        form, width = order_form(self.number), self._width()
        forms = [form | {"key": f"{self.number:013d}{place:013d}"} for place in range(width)]
        other = self.chance.random() < 0.5
        if other:
            forms[1::2] = [self._other(one, 1) for one in forms[1::2]]
        said = self._press(forms)
        answers = [(each.status, each.bytes) for each in said if each.status != 422]
        return self._one_effect(form, said, also=(422,) if other else ()) | {"I10": replayed(answers)}

    def _decide(self) -> dict[str, Problems]:
        document = self.parked.pop()
        verbs = self.chance.choice([("requeue",), ("withdraw",), ("requeue", "withdraw")])
        statuses, version = Counter[int](), 0
        # A question that the machine asks meanwhile makes the page that the person looks at an old one.
        while not statuses[303] and (seen := self._version(document)) != version:
            version = seen
            form = {"sure": "1", "version": str(version)}
            said = self.storm.press([(f"/issuing/{document}/{verb}", form) for verb in verbs * 8])
            statuses = Counter(each.status for each in said)
        events = self._count(
            "SELECT count(*) FROM _event WHERE subject = ? AND kind IN ('invoice-requeued', 'invoice-void')",
            document,
        )
        problems = [f"{len(said)} decisions were answered {dict(statuses)}"] if statuses[303] != 1 else []
        problems += [f"{events} decisions are on record"] if events != 1 else []
        return {"I10": problems + self._odd(said, (303, 409))}

    def _command(self) -> dict[str, Problems]:
        form = order_form(self.number)
        line = {
            name: form[f"lines[0].{name}"]
            for name in ("name", "code", "short_name", "quantity", "price", "rate")
        }
        order = {
            "kind": form["kind"], "order_no": form["order_no"], "drawer": form["drawer"], "lines": [line],
            "buyer": {"name": form["buyer.name"], "tax_id": form["buyer.tax_id"]},
        }  # fmt: skip
        commands = Commands(self.site, order, 3)
        self._sleep_until_they_are_up()
        said = self._press([form] * 16)
        ended = commands.finish()
        documents = {document for code, document in ended if code in (0, 3)}
        documents |= {each.place.rpartition("/")[2] for each in said if each.status == 303}
        problems = [f"a command ended with {code}: {text}" for code, text in ended if code not in (0, 3)]
        problems += [f"one order, documents {sorted(documents)}"] if len(documents) != 1 else []
        found = self._one_effect(form, said)
        return {**found, "I10": problems}

    def _sleep_until_they_are_up(self) -> None:
        time.sleep(self.chance.uniform(0.6, 1.4))

    def _one_effect(self, form: Form, said: list[Said], also: tuple[int, ...] = ()) -> dict[str, Problems]:
        ref = form["order_no"] or form["key"]
        for each in said:
            if each.status == 303:
                document = each.place.rpartition("/")[2]
                self.acks[document] = Ack(self.site.company, document, ref)
        documents = self._count("SELECT count(*) FROM _document WHERE source_ref = ?", ref)
        problems = [f"{ref} became {documents} documents"] if documents != 1 else []
        return {"I2": problems, "answers": self._odd(said, (303, *also))}

    @staticmethod
    def _odd(said: list[Said], usual: tuple[int, ...]) -> Problems:
        odd = Counter(each.status for each in said if each.status not in usual)
        text = next((each.page[:300] for each in said if each.status in odd), "")
        return [f"{times} answers were {status}: {text}" for status, times in odd.items()]

    def _version(self, document: str) -> int:
        return self._count("SELECT version FROM _document WHERE id = ?", document)

    def _count(self, sql: str, *values: str) -> int:
        with closing(sqlite3.connect(self.site.data / "fapiao.db", timeout=30)) as link:
            return int(link.execute(sql, values).fetchone()[0])


def run(job: Job) -> Tally:
    """Storm until the number is reached."""
    tally = Tally(job)
    began = time.monotonic()
    for first in range(0, job.size, PER_HOUSE):
        counted = _house(tally, min(PER_HOUSE, job.size - first), job.seed + first)
        seconds = time.monotonic() - began
        tally.measured = {
            "seconds": round(seconds, 1),
            "per_second": round(tally.cases / seconds, 2),
            **counted,
        }
    return tally


def _house(tally: Tally, count: int, seed: int) -> dict[str, int]:
    job = tally.job
    settings = {"FAPIAO_BUREAU_SETTLE_SECONDS": "1", "FAPIAO_BUREAU_IDEMPOTENT": "0"}
    site = Site(job.folder / f"house-{seed}" / "data", quiet_port(), settings=settings)
    if job.plant:
        site.program = ("tests.faults.kills_planted", f"{same_key_bugs.__name__}:{job.plant}")
    with opened(site):
        clerk = Browser(site.port)
        clerk.sign_in()
        table = Table(tally, site, Storm(clerk), random.Random(seed), _park(site, clerk, min(PARKED, count)))
        try:
            table.live(count, f"seed={seed}")
        finally:
            table.storm.close()
        tally.case(f"seed={seed} at the end", _afterwards(table))
    return dict(table.counted)


def _park(site: Site, clerk: Browser, count: int) -> list[str]:
    """Documents that the bureau never heard of and a person has to decide about."""
    site.bureau.control("POST", "/api/faults", {"reset": True, "faults": {"drop_request": {"every": 1}}})
    for number in range(1, count + 1):
        clerk.issue(number)
    for _ in at_most(90):
        found = site.open_documents()
        if len(found) >= count and all(state == "parked" for _, state, _, _ in found):
            break
    site.bureau.control("POST", "/api/faults", {"reset": True})
    return [document for document, state, _, _ in site.open_documents() if state == "parked"]


def _afterwards(table: Table) -> dict[str, Problems]:
    site = table.site
    for _ in at_most(90):
        if all(state == "parked" for _, state, _, _ in site.open_documents()):
            break
    site.stop()
    record = site.record()
    return {"I1": durable(record, table.acks.values())} | sound(record) | agree(record, site.books())
