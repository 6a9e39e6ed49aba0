"""Taxpayer ids: what can be told of them, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.taxpayer import REGIONS, Verdict, check_character, invent, judge, tidy

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
QUICK = settings(deadline=None, max_examples=80)

bodies = st.text(ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize(
    "text", ["91110108MA01ABCD5T", "91310115MA1K00007Q", "91350100M000100Y43", "914403001922038216"]
)
def test_known_codes_are_sound(text: str) -> None:
    assert judge(text) is Verdict.SOUND


@QUICK
@given(bodies)
def test_the_check_character_makes_a_code_sound(body: str) -> None:
    assert judge(body + check_character(body)) is Verdict.SOUND


@QUICK
@given(bodies, st.data())
def test_one_changed_character_is_never_sound(body: str, data: st.DataObject) -> None:
    code = body + check_character(body)
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != code[place]))
    assert judge(code[:place] + other + code[place + 1 :]) is not Verdict.SOUND


@QUICK
@given(bodies, st.integers(0, 16))
def test_two_neighbours_in_each_others_place_are_never_sound(body: str, place: int) -> None:
    code = body + check_character(body)
    if code[place] != code[place + 1]:
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert judge(swapped) is not Verdict.SOUND


def test_two_changes_can_meet_the_check_character_again() -> None:
    # The limit of one check character: it is a hint on typing, no proof of existence.
    body = "91110108MA01ABCD5"
    found = [body[:15] + a + b for a in ALPHABET for b in ALPHABET if a != body[15] and b != body[16]]
    assert [code for code in found if check_character(code) == check_character(body)]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("11010519491231002X", Verdict.LEGACY),
        ("110105194912310021", Verdict.WRONG),
        ("310115000000001", Verdict.LEGACY),
        ("31011500000000112", Verdict.LEGACY),
        ("11010519491231002X01", Verdict.LEGACY),
        ("91110108MA01ABCD5t", Verdict.WRONG),
        ("91110108MA01ABCD5U", Verdict.WRONG),
        ("I1110108MA01ABCD5T", Verdict.WRONG),
        ("", Verdict.WRONG),
        ("1", Verdict.WRONG),
        ("91110108MA01ABCD5T1", Verdict.WRONG),
        ("91110108-MA01ABCD5", Verdict.WRONG),
        ("９1110108MA01ABCD5T", Verdict.WRONG),
        ("91110108MA01ABCD5 ", Verdict.WRONG),
        ("个人", Verdict.WRONG),
    ],
)
def test_other_forms(text: str, verdict: Verdict) -> None:
    assert judge(text) is verdict


@QUICK
@given(st.text(max_size=25))
def test_anything_typed_gets_a_verdict(text: str) -> None:
    assert judge(tidy(text)) in Verdict


@pytest.mark.parametrize(
    "typed",
    [
        "91110108ma01abcd5t",
        " 9111 0108 MA01 ABCD5T ",
        "91110108-MA01-ABCD5T",
        "９１１１０１０８ＭＡ０１ＡＢＣＤ５Ｔ",
        "\u300091110108MA01ABCD5T",
    ],
)
def test_typing_habits_are_tidied(typed: str) -> None:
    assert tidy(typed) == "91110108MA01ABCD5T"


@QUICK
@given(st.text(max_size=25))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize("body", ["91110108MA01ABCDI", "91110108ma01abcd5", "short"])
def test_no_check_character_for_what_is_no_code(body: str) -> None:
    with pytest.raises(ValueError):
        check_character(body)


@pytest.mark.parametrize("region", ["110108", "440300", "310115"])
def test_invented_codes_are_sound_with_both_checks(region: str) -> None:
    for code in (invent(region) for _ in range(50)):
        assert judge(code) is Verdict.SOUND
        assert code[:8] == f"91{region}"
        total = sum(int(c) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
        assert code[16] == "0123456789X0"[11 - total % 11]


def test_regions_are_known_by_two_digits() -> None:
    assert len(REGIONS) == 31
    assert REGIONS["11"] == "北京"
    assert all(len(code) == 2 and code.isdigit() for code in REGIONS)
