"""Every sentence that people read has its English: pages, Python, manifests, rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from core import hookspecs, i18n, posting
from core.contributions import ROLES
from core.house import House, every_text
from core.settings import HOST
from tests.contract.source import ROOT, modules, name

CHINESE = re.compile(r"[\u4e00-\u9fff]")
KEPT = ("样票", "数电")
"""Words that an English sentence may hold: what stands on the document itself."""
CATALOGUES = sorted([ROOT / "core" / "en.po", *(ROOT / "plugins").glob("*/data/en.po")])
TEMPLATES = sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "plugins").glob("*/templates/**/*.html")])


def said_in(path: Path) -> set[str]:
    method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
    keywords = {"_": None, "gettext": None, "lazy": None}
    found = extract_from_file(method, str(path), keywords=keywords)
    return {
        str(message) for _, message, _, _ in found if isinstance(message, str) and CHINESE.search(message)
    }


def raised_in(path: Path) -> set[str]:
    kinds = "NotFound|Forbidden|Conflict|Unavailable|AppError"
    pattern = rf'raise (?:errors\.)?(?:{kinds})\(\s*"([^"]*[\u4e00-\u9fff][^"]*)"'
    return set(re.findall(pattern, path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House({}, tmp_path_factory.mktemp("texts"))
    yield house
    house.close()


@pytest.mark.parametrize("path", [*modules("core", "plugins"), *TEMPLATES], ids=name)
def test_what_is_said_is_in_the_catalogue(path: Path, catalogue: House) -> None:
    said = said_in(path) | (raised_in(path) if path.suffix == ".py" else set())
    assert sorted(sentence for sentence in said if not i18n.knows(sentence)) == []


def test_what_tables_say_is_in_the_catalogue(catalogue: House) -> None:
    said = {*every_text(), *ROLES.values(), *(setting.help for setting in HOST)}
    for manifest in catalogue.plugins.manifests.values():
        said |= {
            manifest.title,
            manifest.summary,
            *manifest.events.values(),
            *(s.help for s in manifest.settings),
        }
    for _, given in catalogue.plugins.provide("provide_menu"):
        said |= {entry.title for entry in given}
    for _, given in catalogue.plugins.provide("provide_permissions"):
        said |= {permission.title for permission in given}
    for rules in posting.rule_sets():
        said |= {text for rule in rules.rules for text in (rule.message, rule.remedy)}
    assert sorted(text for text in said if text and CHINESE.search(text) and not i18n.knows(text)) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=name)
def test_a_translation_keeps_its_places(path: Path) -> None:
    with path.open("rb") as source:
        for message in read_po(source):
            if message.id:
                check_translation(str(message.id), str(message.string))


def check_translation(sentence: str, english: str) -> None:
    places = r"%\((\w+)\)"
    assert set(re.findall(places, sentence)) == set(re.findall(places, english)), sentence
    quoted = re.sub(r"[“”\"'*][^“”\"'*]*[“”\"'*]", "", english)
    assert not CHINESE.search(quoted) or any(word in english for word in KEPT), english


def test_every_hook_has_its_facts() -> None:
    for hook, spec in vars(hookspecs).items():
        if hasattr(spec, "fapiao_spec"):
            assert "When:" in (spec.__doc__ or ""), hook
