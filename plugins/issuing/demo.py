"""The demo company's last month: some 180 invoices, every one asked for and issued by the real path.

Only the clock is shifted. The plan is drawn from one seed; the documents and their keys are new each time.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib.resources import files

from core.api import (
    Actor,
    Invoice,
    Line,
    Party,
    State,
    clock,
    documents,
    errors,
    house,
    money,
    post,
    rng,
    rows,
    scope,
    taxpayer,
)
from plugins.issuing.goods import short_name

log = logging.getLogger(__name__)

DAYS, SEED = 30, 20261124

CLERKS = ("王芳", "张伟", "李云")
_PER_WEEKDAY = ((6, 5), (6, 4), (5, 5), (6, 4), (7, 5), (2, 2), (0, 2))
"""Invoices of a Monday … Sunday: at least, and up to so many more."""

_MISTYPED = "110108199001011230"
"""A person's id whose check digit is wrong: our rules only warn of it, the bureau refuses it."""

DOOMED, REDONE = (20, 55, 64), 21
"""Batches in which the bureau refuses one; the first of these is asked for again in the batch after it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Invoices asked for in one go."""

    at: datetime
    drafts: list[Invoice]
    ids: list[str] = field(default_factory=list)


class Shifted:
    """A clock that stands where it is put: the wall in the past, the steady one hardly ahead of the real."""

    def __init__(self) -> None:
        self.wall, self.mono, self._boot = clock.now(), clock.steady(), clock.boot()

    def now(self) -> datetime:
        return self.wall

    def steady(self) -> float:
        return self.mono

    def boot(self) -> str:
        return self._boot

    def sleep(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)


def furnish() -> None:
    """Ask for a month of invoices, oldest first, and see them through."""
    with rng.use(SEED):
        plan = list(_plan())
    actor = Actor(user="demo", name=CLERKS[0], company=scope().company, role="finance")
    past = Shifted()
    with clock.use(past):
        for batch in plan:
            _send(past, batch, actor)
            if batch is plan[0] and not _is_taken(batch):
                log.warning("the demo's history was left out: the bureau did not take its first invoices")
                return
            _hear(past, batch)


def _send(past: Shifted, batch: Batch, actor: Actor) -> None:
    past.wall = batch.at.astimezone(UTC)
    for draft in batch.drafts:
        past.sleep(7)
        try:
            outcome = post(draft, rng.ulid(), replace(actor, name=draft.drawer))
        except errors.Unavailable:
            return
        if outcome.document is not None:
            batch.ids.append(outcome.document.id)
    past.sleep(1)
    past.mono += 0.005
    runner = house().runner()
    while runner.run_once():
        past.sleep(0.3)


def _is_taken(batch: Batch) -> bool:
    found = documents.by_ids(batch.ids).values()
    return bool(found) and all(document.state is not State.QUEUED for document in found)


def _hear(past: Shifted, batch: Batch) -> None:
    due = rows("SELECT min(due) FROM task WHERE kind = 'core.ask'")[0][0]
    past.mono = max(past.mono, due or 0.0)
    past.sleep(2)
    runner = house().runner()
    while any(d.state is State.ACCEPTED for d in documents.by_ids(batch.ids).values()):
        if not runner.run_once():
            return  # a bureau that takes its time: the server asks on


def _plan() -> Iterator[Batch]:
    buyers, order, first = _buyers(), 41200 + rng.below(50), 0
    for number, (moment, count) in enumerate(_visits()):
        batch = Batch(moment, [_draft(buyers, order + n) for n in range(count)])
        order += count
        if number in DOOMED:
            batch.drafts.append(_person(order, _MISTYPED))
            first, order = first or order, order + 1
        if number == REDONE:
            batch.drafts.append(replace(_person(first, ""), remark="证件号码填错,重新申请"))
        yield batch


def _visits() -> Iterator[tuple[datetime, int]]:
    for back in range(DAYS, -1, -1):
        day = clock.today() - timedelta(days=back)
        least, more = _PER_WEEKDAY[day.weekday()]
        wanted = least + rng.below(more) if back else 4
        moments = _moments(day.isoformat(), 3 if wanted > 3 else 1) if back else _today()
        for number, moment in enumerate(moments):
            count = wanted // len(moments) + (number < wanted % len(moments))
            if count:
                yield moment, count


def _moments(day: str, count: int) -> list[datetime]:
    hours = ((9, 30), (13, 40), (16, 20))[:count]
    start = datetime.combine(datetime.fromisoformat(day), time(), clock.CHINA)
    return [start + timedelta(hours=h, minutes=m + rng.below(70), seconds=rng.below(60)) for h, m in hours]


def _today() -> list[datetime]:
    now = clock.now()
    early = [now - timedelta(minutes=m + rng.below(15)) for m in (150, 80, 12)]
    return [moment for moment in early if moment.astimezone(clock.CHINA).date() == clock.today()]


def _draft(buyers: list[tuple[Party, str, str]], order: int) -> Invoice:
    buyer, email, mobile = buyers[rng.below(len(buyers))]
    inclusive, special = buyer.is_person, not buyer.is_person and rng.below(10) < 4
    lines = [_line(_goods()[rng.below(len(_goods()))]) for _number in range(1 + rng.below(4) * rng.below(2))]
    if rng.below(12) == 0:
        lines.append(_discount(lines[-1]))
    number = f"YS{order}" if rng.below(10) < 8 else ""
    return Invoice(
        kind="special" if special else "ordinary", source="order" if number else "web",
        source_ref=number or f"demo-{order}", order_no=number, buyer=buyer,
        lines=tuple(lines), inclusive=inclusive,
        drawer=CLERKS[rng.below(len(CLERKS))], buyer_email=email, buyer_mobile=mobile,
        remark="货到付款" if rng.below(9) == 0 else "",
    )  # fmt: skip


def _person(order: int, tax_id: str) -> Invoice:
    buyer = (Party("周子墨", tax_id, is_person=True), "", "13800000099")
    number = f"YS{order}"
    return replace(
        _draft([buyer], order), kind="ordinary", source="order", source_ref=number, order_no=number
    )


def _line(row: dict[str, str]) -> Line:
    quantity = money.parse_decimal(str(1 + rng.below(int(row["most"]))), 0)
    return Line(name=row["name"], code=row["code"], short_name=short_name(row["code"]), spec=row["spec"],
                unit=row["unit"], rate=row["rate"], quantity=quantity,
                price=money.parse_decimal(row["price"], 2))  # fmt: skip


def _discount(line: Line) -> Line:
    return Line(name=line.name, code=line.code, short_name=line.short_name, rate=line.rate, discount=True,
                entered=-money.parse_yuan("0.50"))  # fmt: skip


def _buyers() -> list[tuple[Party, str, str]]:
    found = []
    for row in _table("demo_buyers"):
        tax_id = "" if row["person"] else taxpayer.invent(row["region"])
        party = Party(
            row["name"],
            tax_id,
            row["address"],
            row["phone"],
            row["bank"],
            row["account"],
            bool(row["person"]),
        )
        found += [(party, row["email"], row["mobile"])] * int(row["weight"])
    return found


@cache
def _goods() -> list[dict[str, str]]:
    return _table("demo_goods")


def _table(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(f"data/{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
