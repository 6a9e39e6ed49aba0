"""A clerk at a server whose disk is full: what each press of a button and each page is answered."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.clerk import order_form
from core import clock, posting, registry, scope
from core.app import create_app
from core.channels import Accepted, Answer, Order
from core.house import House
from plugins.accounts import demo as people
from tests.factories import SELLER
from tests.faults.flow_bureau import Books, Bureau
from tests.proof import invariants
from tests.proof.invariants import Ack, Problems
from tests.proof.record import Record

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ENVIRON = {"FAPIAO_DEMO": "1", "FAPIAO_ACCOUNTS_ARGON2_KIB": "64", "FAPIAO_ACCOUNTS_ARGON2_ROUNDS": "1"}
DONE = (200, 204, 303)
PAGES = ("/", "/issuing/", "/issuing/new", "/archive/", "/archive/search?q=STORM", "/companies/profile",
         "/accounts/me", "/verify/", "/healthz")  # fmt: skip


class SlowBureau(Bureau):
    """It takes everything, and says what became of it when it is asked: with originals, that need room."""

    def _one(self, order: Order) -> Answer:
        if order.serial not in self.books.rows:
            self.books.issue(order)
        return Accepted()


class Clock(clock.FakeClock):
    """Time that moves only when told to; a wait passes in a jump."""

    def sleep(self, seconds: float) -> None:
        super().sleep(max(seconds, 5.0))


def build(data: Path, books: Path) -> dict[int, str]:
    """A folder with a company, its people, and three documents that are issued; where they are."""
    with clock.use(Clock(START)):
        house = _open(data)
        posting.furnish(posting.rule_sets(), [SlowBureau(Books(books))])
        company = registry.create_company(SELLER.name, SELLER.tax_id, "11")
        with scope.opened(company):
            people.furnish()
        visit = Visit(data, books, house)
        for number in (1, 2, 3):
            visit.press(number)
        visit.work()
        visit.look_around()
        visit.check(1)
        if len(visit.acked) != 3 or any(status not in DONE for _, status in visit.writes + visit.reads):
            raise RuntimeError(f"the calm visit goes wrong: {visit.writes} {visit.reads}")
        house.close()
        (data / "reserve").unlink(missing_ok=True)
        return visit.acked


def _open(data: Path) -> House:
    house = House(ENVIRON, data, serving=True)
    house.journal.good()
    return house


@dataclass
class Visit:
    """One server in this process, with every module, and a clerk who is signed in.

    :ivar acked: the address of each document by order, as first answered. :ivar writes: what writes were
        answered since the last look, as (what, status).
    """

    data: Path
    books: Path
    house: House
    acked: dict[int, str] = field(default_factory=dict)
    writes: list[tuple[str, int]] = field(default_factory=list)
    reads: list[tuple[str, int]] = field(default_factory=list)
    twice: Problems = field(default_factory=list)
    is_in: bool = False

    def __post_init__(self) -> None:
        self.house.runner().recover()
        self.bureau = Books(self.books)
        posting.furnish(posting.rule_sets(), [SlowBureau(self.bureau)])
        self._client: FlaskClient = create_app(self.house).test_client()
        self._token = ""
        self.sign_in()

    def knows(self, told: dict[int, str]) -> Visit:
        """Remember what an earlier server answered."""
        self.acked |= told
        return self

    @classmethod
    def open(cls, data: Path, books: Path) -> Visit:
        """Start a server on the folder.

        :raise StartError: it does not start.
        """
        return cls(data, books, _open(data))

    def sign_in(self) -> None:
        """With the name and the password."""
        self._get("/accounts/sign-in")
        form = {"login": "finance@demo.fapiao", "password": people.PASSWORD}
        self.is_in = self._post("/accounts/sign-in", form)[0] in DONE
        if self.is_in:
            self._get("/issuing/new")

    def press(self, number: int) -> int:
        """Ask for one invoice; the same number is the same request. The answer's status."""
        status, place = self._post("/issuing/new", order_form(number))
        if status in DONE and place and self.acked.setdefault(number, place) != place:
            self.twice.append(f"order {number} is {self.acked[number]} and {place}")
        return status

    def check(self, number: int) -> int:
        """Another module's write: verify an invoice by its particulars. The answer's status."""
        form = {"number": f"26110{number:015d}", "day": "2026-11-24", "total": "226.00"}
        return self._post("/verify/", form)[0]

    def send(self, number: int) -> None:
        """Have one document on its way: taken by the bureau, its originals still to come."""
        self.press(number)
        self.house.runner().run_once()

    def look_around(self) -> None:
        """Read: pages of every module, a file, and all of it on a connection that is new."""
        for place in [*self.acked.values()][:1]:
            self._get(place)
            self._get(f"{place}/files/0")
        for page in PAGES:
            self._get(page)
        fresh = threading.Thread(target=self._get, args=("/issuing/",))
        fresh.start()
        fresh.join()

    def work(self) -> None:
        """All that is due."""
        self.house.runner().drain(900)

    def _get(self, path: str) -> None:
        answer = self._client.get(path)
        if answer.mimetype == "text/html":
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.text)
            self._token = found[1] if found else self._token
        self.reads.append((path, answer.status_code))

    def _post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        answer = self._client.post(path, data={**form, "csrf_token": self._token})
        self.writes.append((path, answer.status_code))
        return answer.status_code, answer.headers.get("Location", "")

    def told(self) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """The answers to writes and to reads since the last time."""
        found = self.writes, self.reads
        self.writes, self.reads = [], []
        return found

    def problems(self) -> dict[str, Problems]:
        """What is wrong with the folder, compared with what was acknowledged and with the bureau."""
        record = Record(self.data)
        refs = {paper.id: paper.source_ref for paper in record.papers}
        company = record.companies[0]
        acks = [Ack(next((p.company for p in record.papers if p.id == _id(place)), company), _id(place),
                    refs.get(_id(place), "")) for place in self.acked.values()]  # fmt: skip
        found = {**invariants.sound(record), **invariants.agree(record, self.bureau.entries())}
        return {**found, "I1": invariants.durable(record, acks), "I10": self.twice}


def _id(place: str) -> str:
    return place.rpartition("/")[2]
