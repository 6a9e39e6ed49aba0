"""Breaking lines: no character lost, nothing too wide, no mark alone where it must not be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugins.templates.fonts import FOLDER, GETA, Typist, width, wrap

TEXTS = st.text(st.sampled_from("票据一二三，。（）《》 ab-9/.%¥"), max_size=80)


@given(TEXTS, st.integers(40, 300))
def test_nothing_is_lost_and_nothing_too_wide(text: str, limit: int) -> None:
    text = " ".join(text.split())
    found = wrap(text, 8.5, limit)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(width(line, 8.5) <= limit + 0.001 for line in found)


def test_marks_stay_with_their_words() -> None:
    for limit in range(60, 150, 3):
        found = wrap("《合同》（一），编号：12。结束", 9, limit)
        assert all(line[0] not in "，。）》：" for line in found), found
        assert all(line[-1] not in "《（" for line in found), found


def test_words_and_figures_are_not_torn() -> None:
    assert wrap("型号 XJ-2000 规格", 9, 50) == ["型号 XJ-", "2000 规格"]
    assert wrap("1234567890", 9, 31) == ["123456", "7890"]


@given(st.text(max_size=60))
def test_every_text_becomes_printable(text: str) -> None:
    typist = Typist()
    printed = typist(text)
    assert "\n" not in printed
    again = Typist()
    assert again(printed) == printed
    assert not again.missing
    assert bool(typist.missing) <= (GETA in printed)


def test_the_fonts_are_small_and_carry_their_licence() -> None:
    sizes = [file.stat().st_size for file in FOLDER.iterdir()]
    assert sum(sizes) < 14_000_000
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text(encoding="utf-8")


def test_the_regular_face_has_every_unified_ideograph() -> None:
    typist = Typist()
    typist("".join(map(chr, range(0x4E00, 0x9FA6))))
    assert not typist.missing
