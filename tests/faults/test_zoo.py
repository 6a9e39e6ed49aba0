"""Two specimens in the real server: row R11 in small. The zoo's own books are kept, too."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults import zoo
from tests.faults.zoo_cases import every_case

SMALL = ("shadows_routes@whole", "exits@job")


@pytest.mark.slow
def test_everybody_elses_work_goes_on(tmp_path: Path) -> None:
    place = zoo.Zoo(tmp_path)
    cases = [case for case in every_case() if case.name in SMALL]
    found = {case.name: place.visit(case).found for case in cases}
    assert len(found) == len(SMALL)
    assert [problem for each in found.values() for problems in each.values() for problem in problems] == []


def test_there_are_sixty_specimens_and_each_says_what_is_expected() -> None:
    cases = every_case()
    assert len({case.specimen for case in cases}) >= 60
    assert not [name for name, times in Counter(case.name for case in cases).items() if times > 1]
    assert {case.expect for case in cases} == {"off", "named", "refuses", "channel", "harmless", "inherent"}
    assert {place for case in cases for place in [case.place]} >= {"import", "start", "panel", "job", "event"}
