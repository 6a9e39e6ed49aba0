"""Every state has its words, and every reason that a channel gives is told or passed on."""

from __future__ import annotations

from dataclasses import replace

from core import i18n, ledger, scope
from core.clock import FakeClock
from core.states import State
from plugins.issuing import explain, labels
from tests.flows.desk import Desk


def test_every_state_has_words(quiet_desk: Desk) -> None:
    found = quiet_desk.issue()
    for state in State:
        told = explain.standing(replace(found, state=state), [])
        assert told.text
        assert (told.owner != "") is (state not in (State.ISSUED, State.VOID))
        assert (told.following != "") is (told.owner != "")


def test_what_the_bureau_said_goes_once_it_is_settled(quiet_desk: Desk) -> None:
    document = quiet_desk.issue().id
    with scope.opened(quiet_desk.company):
        event = ledger.events_about(document)[-1]
    events = [replace(event, body={"said": "总授信额度不足"}), replace(event, body={})]
    assert explain.said(events, State.QUEUED) == explain.said(events, State.REJECTED) == "总授信额度不足"
    assert explain.said(events, State.ISSUED) == explain.said(events, State.ACCEPTED) == ""


def test_ages(fake_clock: FakeClock) -> None:
    stamp = fake_clock.now().isoformat()
    told = []
    for seconds in (0, 120, 7200, 86_400 * 3):
        fake_clock.sleep(seconds)
        told.append(explain.age(stamp))
    assert told == ["不到 1 分钟", "2 分钟", "2 小时", "3 天"]


def test_pauses_grow_and_stay() -> None:
    assert [explain.pause(tick) for tick in (0, 2, 4, 6, 99)] == [
        "500ms",
        "1000ms",
        "2000ms",
        "5000ms",
        "5000ms",
    ]


def test_fields_in_words_and_in_the_order_of_the_page() -> None:
    assert labels.label("lines[2].rate") == "第 3 行 · 税率"
    assert labels.label("lines[2]") == "第 3 行"
    assert labels.label("extra.x") == "extra.x"
    with i18n.speaking("en"):
        assert labels.column("lines[0].rate") in ("Rate", "税率")
    paths = ["remark", "lines[1].name", "lines[0].rate", "buyer.name", "kind", "lines"]
    assert sorted(paths, key=labels.place) == [
        "kind",
        "buyer.name",
        "lines",
        "lines[0].rate",
        "lines[1].name",
        "remark",
    ]
