"""Chinese sentences are the keys; English is looked up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core import i18n

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "开具发票"
msgstr "Issue an invoice"

msgid "共 %(n)s 张"
msgstr "%(n)s invoices"

msgid "没有译文"
msgstr ""

#, fuzzy
msgid "折扣 5% 起"
msgstr "Discounts from 5%"
"""


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(i18n, "_english", {})
    file = tmp_path / "en.po"
    file.write_text(PO, encoding="utf-8")
    i18n.load([file])
    return file


def test_a_sentence_speaks_for_itself() -> None:
    assert i18n.locale() == "zh"
    assert i18n.gettext("开具发票") == "开具发票"
    assert i18n.gettext("共 %(n)s 张", n=3) == "共 3 张"


def test_english_comes_from_the_catalogue() -> None:
    with i18n.speaking("en"):
        assert i18n.gettext("开具发票") == "Issue an invoice"
        assert i18n.gettext("共 %(n)s 张", n=3) == "3 invoices"


@pytest.mark.parametrize("sentence", ["没有译文", "从来没有的句子", ""])
def test_what_has_no_english_stays_chinese(sentence: str) -> None:
    with i18n.speaking("en"):
        assert i18n.gettext(sentence) == sentence
    assert not i18n.knows(sentence)


def test_a_percent_sign_is_no_place_unless_places_are_filled() -> None:
    assert i18n.gettext("折扣 5% 起") == "折扣 5% 起"


def test_the_first_catalogue_has_the_word(tmp_path: Path) -> None:
    later = tmp_path / "later.po"
    later.write_text(PO.replace("Issue an invoice", "Something else"), encoding="utf-8")
    i18n.load([later])
    with i18n.speaking("en"):
        assert i18n.gettext("开具发票") == "Issue an invoice"


def test_a_block_speaks_its_language_and_no_longer() -> None:
    with pytest.raises(RuntimeError), i18n.speaking("en"):
        with i18n.speaking("zh"):
            assert i18n.gettext("开具发票") == "开具发票"
        assert i18n.locale() == "en"
        raise RuntimeError
    assert i18n.locale() == "zh"


@pytest.mark.parametrize(("name", "heard"), [("en", "en"), ("fr", "zh"), ("", "zh"), ("zh", "zh")])
def test_an_unknown_language_changes_nothing(name: str, heard: str) -> None:
    with i18n.speaking("zh"):
        i18n.set_locale(name)
        assert i18n.locale() == heard


def test_a_language_belongs_to_its_thread() -> None:
    with i18n.speaking("en"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(i18n.locale).result() == "zh"


def test_a_lazy_sentence_is_spoken_later() -> None:
    title = i18n.lazy("开具发票")
    assert title == "开具发票"
    with i18n.speaking("en"):
        assert i18n.gettext(title) == "Issue an invoice"


def test_every_language_has_its_own_name() -> None:
    assert i18n.LOCALES == {"zh": "简体中文", "en": "English"}
