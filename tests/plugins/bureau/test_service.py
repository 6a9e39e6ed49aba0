"""The channel inside a real house: what is asked for is issued, whatever the bureau does."""

from __future__ import annotations

from typing import Any

import pytest

from core import documents, ledger, scope, storage
from core.posting import post
from core.states import State
from plugins.bureau import protocol, service
from tests.factories import draft
from tests.plugins.bureau.conftest import Home


def test_an_invoice_is_issued_as_a_specimen_with_its_xml(home: Home) -> None:
    (found,) = home.settle(home.ask_for("A-1"))
    assert found.state is State.ISSUED
    assert found.simulated
    assert found.number[4] == "0"
    event = next(e for e in ledger.events_about(found.id) if e.kind == "invoice-issued")
    xml = storage.load(event.body["files"][0]["digest"])
    assert found.number.encode() in xml
    assert protocol.SPECIMEN.encode() in xml


@pytest.mark.parametrize(
    "faults",
    [
        {"drop_answer": {"every": 2}},
        {"drop_request": {"every": 2}},
        {"garbage": {"every": 2}},
        {"wrong_company": {"every": 3}},
        {"drop_answer": {"every": 3}, "drop_request": {"every": 4}, "drop_connection": {"every": 5}},
        {"execute_late": {"every": 2, "seconds": 1}},
        {"busy": {"every": 3}, "settle_seconds": {"value": 1}},
    ],
)
def test_each_order_becomes_one_invoice_whatever_goes_wrong(home: Home, faults: dict[str, Any]) -> None:
    home.bureau.faults(faults)
    ids = [home.ask_for(f"A-{n}") for n in range(6)]
    found = home.settle(*ids, seconds=60)
    assert {document.state for document in found} == {State.ISSUED}
    status = home.bureau.session.control("GET", "/api/status")
    assert status["issued"] == len({document.number for document in found}) == 6


def test_a_killed_bureau_loses_nothing(home: Home) -> None:
    first = home.ask_for("A-1")
    home.bureau.kill()
    home.house.runner().drain(1, lambda: False)
    assert documents.find_document(first).reason == "CHANNEL-DOWN"
    home.bureau.start("--delay-ms", "0")
    assert home.settle(first)[0].state is State.ISSUED


def test_a_refusal_reaches_the_document_with_its_reason(home: Home) -> None:
    home.bureau.faults({"refuse": {"every": 1, "reason": protocol.RATE, "late": 1}})
    (found,) = home.settle(home.ask_for("A-1"))
    assert (found.state, found.reason) == (State.REJECTED, protocol.RATE)
    home.bureau.faults()
    outcome = post(draft(source_ref="A-1", order_no="A-1", remark="改正"), "again", home.actor)
    assert outcome.document is not None
    assert home.settle(outcome.document.id)[0].state is State.ISSUED


def test_the_list_is_the_companys_own(home: Home) -> None:
    (found,) = home.settle(home.ask_for("A-1"))
    day = found.issued_at[:10]
    (row,) = service.channel().listing(scope.company(), day, day)
    assert (row.number, row.serial, row.total) == (found.number, found.serial, found.invoice.total)


def test_the_command_line_of_the_companion(home: Home) -> None:
    (companion,) = service.companions()
    line = companion.arguments(str(home.house.folder.root))
    assert line[line.index("--port") + 1] == str(home.bureau.port)
    assert line[line.index("--secret-file") + 1] == str(home.house.folder.keys / service.SECRET)
    assert companion.ready is not None
    assert companion.ready() == f"{home.bureau.url}/healthz"


def test_a_form_changes_only_what_differs(home: Home) -> None:
    state = home.bureau.faults({"busy": {"every": 5}})
    form = {
        f"{name}.{key}": str(old) for name, fields in state["faults"].items() for key, old in fields.items()
    }
    form |= {f"profile.{key}": str(value) for key, value in state["profile"].items()}
    assert service.read_form(form, state) == {"faults": {}}
    form |= {"busy.rate": "0.5", "down_until.seconds": "9", "profile.delay_ms": "10"}
    assert service.read_form(form, state) == {
        "faults": {"busy": {"rate": 0.5, "every": 5}, "down_until": {"seconds": 9, "mode": "503"}},
        "profile": {"delay_ms": 10},
    }
    with pytest.raises(ValueError):
        service.read_form(form | {"busy.rate": "oft"}, state)
