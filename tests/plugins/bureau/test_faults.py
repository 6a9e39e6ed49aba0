from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.bureau.faults import KINDS, Faults


@given(st.integers(1, 50), st.integers(1, 500))
def test_every_nth_is_every_nth(every: int, calls: int) -> None:
    faults = Faults("seed")
    faults.change({"faults": {"busy": {"every": every}}}, 0.0)
    struck = [n for n in range(1, calls + 1) if faults.strikes("busy")]
    assert struck == list(range(every, calls + 1, every))
    assert faults.counts["busy"] == len(struck)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
def test_a_rate_is_about_that_and_the_same_for_the_same_seed(rate: float) -> None:
    def run() -> list[bool]:
        faults = Faults("seed")
        faults.change({"faults": {"garbage": {"rate": rate}}}, 0.0)
        return [faults.strikes("garbage") for _ in range(5000)]

    assert abs(sum(run()) / 5000 - rate) < 0.03
    assert run() == run()


def test_faults_do_not_disturb_each_others_chance() -> None:
    alone, together = Faults("s"), Faults("s")
    alone.change({"faults": {"busy": {"rate": 0.5}}}, 0.0)
    together.change({"faults": {"busy": {"rate": 0.5}, "garbage": {"rate": 0.5}}}, 0.0)
    first = [alone.strikes("busy") for _ in range(200)]
    assert first == [(together.strikes("garbage"), together.strikes("busy"))[1] for _ in range(200)]


def test_reset_is_calm_and_what_it_dumps_it_takes_back() -> None:
    faults = Faults("s")
    faults.change({"faults": {"down_until": {"seconds": 5}, "busy": {"rate": 0.2}}}, 100.0)
    assert faults.value("down_until") == 105.0
    again = Faults("other")
    again.change(json.loads(faults.dump()), 0.0)
    assert again.as_dict() | {"counts": {}} == faults.as_dict() | {"counts": {}}
    again.change({"reset": True}, 0.0)
    assert again.as_dict()["faults"] == Faults("x").as_dict()["faults"]


def test_each_fault_has_a_title_and_an_explanation() -> None:
    assert len(KINDS) == 15
    assert all(kind.title and kind.help for kind in KINDS.values())
