"""The simulated bureau as a real process on a free port, and invoices to send to it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core import documents, registry, scope
from core.channels import Order
from core.contributions import Actor
from core.documents import Document
from core.house import House
from core.invoice import Invoice, Line, Party, calculate
from core.net import Client
from core.posting import post
from core.states import State
from plugins.bureau import protocol, service
from plugins.bureau.session import Session
from tests.factories import SELLER as HOUSE_SELLER
from tests.factories import draft

SECRET = b"0123456789abcdef0123456789abcdef"
SELLER = Party(name="北京示例科技有限公司", tax_id="91110108MA01ABCD5T")
BUYER = Party(name="上海样例贸易有限公司", tax_id="91310115MA1K00007Q")


class Bureau:
    """A running simulator. `start` again after `kill` finds the same ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret_file = folder / "secret"
        self.secret_file.write_bytes(SECRET + b"\n")
        self.port = 0

    def start(self, *options: str) -> Bureau:
        command = [
            sys.executable, "-m", "plugins.bureau.simulator", "--data", str(self.folder / "bureau"),
            "--port", str(self.port), "--app-key", service.APP_KEY, "--secret-file", str(self.secret_file),
            *(options or ("--delay-ms", "0", "--seed", "7")),
        ]  # fmt: skip
        root = str(Path(__file__).parents[3])
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
        assert self.process.stdout
        ready = self.process.stdout.readline()
        assert ready.startswith("ready http://127.0.0.1:"), ready
        self.url = ready.split()[1]
        self.port = int(self.url.rpartition(":")[2])
        self.hang_up()
        self.session = Session(self.url, service.APP_KEY, SECRET)
        self.client = Client(self.url, "test", inside=True)
        return self

    def hang_up(self) -> None:
        """Close the connections of this run's clients."""
        for client in (self.session._client, self.client) if hasattr(self, "session") else ():
            hang_up(client)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def faults(self, wanted: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Set faults on an otherwise calm bureau; the answer has the counts so far."""
        return self.session.control("POST", "/api/faults", {"reset": True, "faults": wanted or {}, **more})

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.session.control("GET", "/api/faults")["counts"]
        return counts

    def register(self, party: Party = SELLER, **more: Any) -> None:
        facts = {"tax_id": party.tax_id, "name": party.name, **more}
        assert self.session.call("POST", "/api/taxpayers", facts)["code"] == "0000"

    def issue(self, *orders: Order, callback: str = "") -> list[str]:
        """Issue and return a code per order."""
        wire = [protocol.order(o.serial, o.invoice, callback) for o in orders]
        answer = self.session.call("POST", "/api/issue", {"orders": wire})
        return [result["code"] for result in answer["results"]]

    def query(self, *serials: str, originals: bool = False) -> list[dict[str, Any]]:
        payload = {"serials": list(serials), "originals": originals}
        results: list[dict[str, Any]] = self.session.call("POST", "/api/query", payload)["results"]
        return results

    def numbers(self, *serials: str) -> list[str]:
        return [result.get("number", "") for result in self.query(*serials)]

    def raw(self, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
        """A call signed by nobody but the test."""
        reply = self.client.request(method, path, body, headers)
        answer: dict[str, Any] = json.loads(reply.body)
        return answer


Orders = Callable[..., Order]


@dataclass
class Home:
    """A house whose channel leads to a running simulator, in its company's scope."""

    house: House
    bureau: Bureau
    actor: Actor

    def ask_for(self, ref: str) -> str:
        """Ask for an invoice of an order; its document."""
        outcome = post(draft(source_ref=ref, order_no=ref), ref, self.actor)
        assert outcome.document is not None, outcome.faults
        return outcome.document.id

    def settle(self, *ids: str, seconds: float = 20) -> list[Document]:
        """Work until these documents are where they stay."""
        done = (State.ISSUED, State.REJECTED, State.PARKED)

        def is_done() -> bool:
            return all(documents.find_document(id).state in done for id in ids)

        assert self.house.runner().drain(seconds, is_done), [documents.find_document(id) for id in ids]
        return [documents.find_document(id) for id in ids]


@pytest.fixture
def home(stopped: Bureau, open_house: Callable[..., House], tmp_path: Path) -> Iterator[Home]:
    """As `Home` says; the secret is put there before the house would make its own."""
    stopped.start()
    key = tmp_path / "home" / "keys" / service.SECRET
    key.parent.mkdir(parents=True)
    key.write_bytes(SECRET)
    key.chmod(0o600)
    house = open_house("bureau", root=tmp_path / "home", bureau_url=stopped.url,
                       bureau_settle_seconds="2", bureau_delay_ms="0")  # fmt: skip
    made = registry.create_company(HOUSE_SELLER.name, HOUSE_SELLER.tax_id, "11")
    with scope.opened(made, "tester"):
        yield Home(house, stopped, Actor("tester", "张三", made, "admin", {made: "admin"}))
        hang_up(service.session()._client)


def hang_up(client: Client) -> None:
    """Close this thread's kept connection, which nothing else does."""
    link = getattr(client._kept, "link", None)
    if link is not None:
        link.close()
        client._kept.link = None


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Bureau]:
    bureau = Bureau(tmp_path)
    yield bureau
    bureau.hang_up()
    if hasattr(bureau, "process"):
        bureau.kill()


@pytest.fixture
def bureau(stopped: Bureau) -> Bureau:
    stopped.start()
    stopped.register()
    return stopped


@pytest.fixture
def invoice() -> Callable[..., Invoice]:
    """A valid calculated invoice; name what is to differ."""

    def make(yuan: str = "100.00", rate: str = "0.06", **more: Any) -> Invoice:
        line = Line(name="软件开发", short_name="信息技术服务", code="3040201010000000000",
                    unit="项", quantity=Decimal(1), price=Decimal(yuan), rate=rate)  # fmt: skip
        plain: dict[str, Any] = {"seller": SELLER, "buyer": BUYER, "lines": (line,), "drawer": "张三"}
        done, faults = calculate(Invoice(**(plain | more)))
        assert not faults
        return done

    return make


@pytest.fixture
def order(invoice: Callable[..., Invoice]) -> Callable[..., Order]:
    """A valid order of a serial."""

    def make(serial: str, yuan: str = "100.00", **more: Any) -> Order:
        return Order(f"doc-{serial}", serial, invoice(yuan, **more))

    return make
