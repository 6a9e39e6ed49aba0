"""A clerk's desk: the application with the issuing module, a puppet bureau, a browser without JavaScript."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import documents, posting, registry, scope
from core.app import create_app
from core.clock import FakeClock
from core.contributions import Actor
from core.documents import Document
from core.house import House
from tests.factories import SELLER
from tests.flows import colleague
from tests.puppet import PuppetChannel

BUYER_ID = "91310115MA1K00007Q"
PAPER = "1060102010000000000"


class Form(HTMLParser):
    """The fields a browser would send of the form with this id (or the only form with this action)."""

    def __init__(self, html: str, wanted: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._wanted, self._inside, self._select, self._text = wanted, False, "", ""
        self.focus = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = self._wanted in (found.get("id"), found.get("action"))
        if not self._inside:
            return
        name = found.get("name", "")
        if "autofocus" in found:
            self.focus = name
        if tag == "input" and (found.get("type") not in ("checkbox", "radio") or "checked" in found):
            self.fields[name] = found.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in self.fields or "selected" in found):
            self.fields[self._select] = found.get("value", "")
        elif tag == "textarea":
            self._text = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._text = ""
        if tag == "select":
            self._select = ""


class Desk:
    """Opens pages and presses buttons, by htmx or without."""

    def __init__(
        self, house: House, client: FlaskClient, channel: PuppetChannel, company: str, htmx: bool
    ) -> None:
        self.house, self.client, self.channel, self.company, self.htmx = house, client, channel, company, htmx

    def get(self, url: str, htmx: bool | None = None) -> TestResponse:
        """Open an address."""
        return self.client.get(url, headers=self._headers(htmx))

    def post(self, url: str, form: dict[str, str], htmx: bool | None = None) -> TestResponse:
        """Send a form."""
        return self.client.post(url, data=form, headers=self._headers(htmx))

    def _headers(self, htmx: bool | None) -> dict[str, str]:
        return {"HX-Request": "true"} if (self.htmx if htmx is None else htmx) else {}

    def page(self, url: str, form: str = "invoice-form") -> Form:
        """A page's form, as a browser reads it."""
        answer = self.get(url, htmx=False)
        assert answer.status_code == 200, answer.text
        return Form(answer.text, form)

    def press(self, do: str, form: dict[str, str], **changes: str) -> TestResponse:
        """Press a button of the invoice form."""
        return self.post("/issuing/new", {**form, **_named(changes), "do": do})

    def filled(self, **changes: str) -> dict[str, str]:
        """A form that can be issued, with changes (`__` for a dot, `0_` before a field of line 0)."""
        return {**self.page("/issuing/new").fields, **good(), **_named(changes)}

    def issue(self, **changes: str) -> Document:
        """Ask for an invoice by the form."""
        answer = self.press("issue", self.filled(**changes))
        return self.document(self.target(answer).rpartition("/")[2])

    @staticmethod
    def target(answer: TestResponse) -> str:
        """Where a successful write leads, in either world."""
        assert answer.status_code in (204, 303), answer.text
        return str(answer.headers.get("HX-Redirect") or answer.headers["Location"])

    def document(self, id: str) -> Document:
        """A document as it is now."""
        with scope.opened(self.company, "user-1"):
            return documents.find_document(id)

    def documents(self) -> list[Document]:
        """Everything asked for, newest first."""
        with scope.opened(self.company, "user-1"):
            return documents.documents()

    def work(self, seconds: float = 30) -> None:
        """Let the jobs run."""
        self.house.runner().drain(seconds)

    def actor(self, role: str = "finance") -> Actor:
        """The clerk."""
        return Actor("user-1", "张三", self.company, role, {self.company: role})


def good() -> dict[str, str]:
    """Fields of an invoice that nothing is wrong with: two boxes of paper at 13 %."""
    return {
        "kind": "ordinary", "buyer.name": "上海样例贸易有限公司", "buyer.tax_id": BUYER_ID, "drawer": "张三",
        "lines[0].name": "复印纸", "lines[0].code": PAPER, "lines[0].spec": "A4", "lines[0].unit": "箱",
        "lines[0].quantity": "2", "lines[0].price": "150.00", "lines[0].rate": "0.13",
    }  # fmt: skip


def _named(changes: dict[str, str]) -> dict[str, str]:
    return {_path(name): text for name, text in changes.items()}


def _path(name: str) -> str:
    if name[:1] == "l" and name[1:2].isdigit():
        number, _, field = name[1:].partition("_")
        return f"lines[{number}].{field}"
    return name.replace("__", ".")


def set_up(make: Any, root: Path, htmx: bool) -> Desk:
    """Open a house with the issuing module and seat the clerk."""
    house: House = make("issuing", root=root)
    house.plugins.add("colleague", colleague)
    channel = PuppetChannel()
    posting.furnish(posting.rule_sets(), [channel])
    company = registry.create_company(SELLER.name, SELLER.tax_id, "11")
    colleague.Who.company, colleague.Who.role, colleague.Who.user = company, "finance", "user-1"
    return Desk(house, create_app(house).test_client(), channel, company, htmx)


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def desk(request: pytest.FixtureRequest, open_house: Any, tmp_path: Path, fake_clock: FakeClock) -> Desk:
    """The clerk's desk, once without JavaScript and once with htmx."""
    return set_up(open_house, tmp_path / "desk", request.param)


@pytest.fixture
def quiet_desk(open_house: Any, tmp_path: Path, fake_clock: FakeClock) -> Desk:
    """The desk where it makes no difference."""
    return set_up(open_house, tmp_path / "desk", False)
