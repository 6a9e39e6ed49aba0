"""Rules find, faults tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from core.rules import ERROR, WARNING, Fault, RuleSet, in_order, refuses


def numbers() -> RuleSet:
    rules = RuleSet("numbers", "a book", date(2024, 12, 1), date(2027, 12, 31))

    @rules.rule("N-01", "%(n)s is odd", remedy="take another", source="chapter 1")
    def odd(subject: list[int]) -> Iterator[tuple[str, dict[str, object]]]:
        for place, n in enumerate(subject):
            if n % 2:
                yield f"at[{place}]", {"n": n}

    @rules.rule("N-02", "there is none", remedy="add one", severity=WARNING)
    def none(subject: list[int]) -> list[str]:
        return [] if subject else [""]

    return rules


def test_a_rule_is_found_broken_at_every_place() -> None:
    faults = numbers().check([1, 2, 3])
    assert [(fault.path, fault.params) for fault in faults] == [("at[0]", {"n": 1}), ("at[2]", {"n": 3})]
    assert faults[0].message % faults[0].params == "1 is odd"


def test_a_fault_carries_what_the_rule_says() -> None:
    (fault,) = numbers().check([])
    assert fault == Fault("N-02", "", "there is none", "add one", "a book", WARNING, {})
    assert numbers().check([1])[0].source == "chapter 1"


def test_what_is_sound_has_no_fault() -> None:
    assert numbers().check([2, 4]) == []


def test_a_code_is_used_once() -> None:
    rules = numbers()
    with pytest.raises(ValueError, match="N-01"):
        rules.rule("N-01", "again", remedy="")(lambda subject: [])
    assert len(rules.rules) == 2


def test_the_decorated_function_stays_a_function() -> None:
    rules = RuleSet("r", "s", date(2026, 1, 1))

    @rules.rule("R-01", "m", remedy="r")
    def find(subject: object) -> list[str]:
        return ["x"]

    assert find(None) == ["x"]


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2024, 11, 30), False),
        (date(2024, 12, 1), True),
        (date(2026, 6, 1), True),
        (date(2027, 12, 31), True),
        (date(2028, 1, 1), False),
    ],
)
def test_a_set_holds_between_its_dates_both_included(day: date, holds: bool) -> None:
    assert numbers().holds_on(day) is holds


def test_a_set_without_end_holds_for_ever() -> None:
    assert RuleSet("r", "s", date(2026, 1, 1)).holds_on(date(9999, 12, 31))


def test_an_exception_of_a_rule_is_not_passed_over() -> None:
    rules = RuleSet("r", "s", date(2026, 1, 1))
    rules.rule("R-01", "m", remedy="r")(lambda subject: [str(1 // 0)])
    with pytest.raises(ZeroDivisionError):
        rules.check(None)


def test_only_an_error_refuses() -> None:
    warning, error = Fault("A", "", "", severity=WARNING), Fault("B", "", "")
    assert error.severity == ERROR
    assert not refuses([])
    assert not refuses([warning, warning])
    assert refuses([warning, error])


def test_errors_come_before_warnings_then_by_place() -> None:
    faults = [
        Fault("A-02", "b", "", severity=WARNING),
        Fault("A-01", "b", "", severity=WARNING),
        Fault("B-01", "c", ""),
        Fault("B-02", "a", ""),
    ]
    assert [fault.code for fault in in_order(faults)] == ["B-02", "B-01", "A-01", "A-02"]
