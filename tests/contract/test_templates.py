"""Templates: no inline anything, works without JavaScript, every text is in the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.source import ROOT, name

TEMPLATES = sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "plugins").glob("*/templates/**/*.html")])
PAGES = [path for path in TEMPLATES if "face" not in path.stem and "pdf" not in path.stem]
"""The face of a drawn invoice is no web page: it never reaches a browser."""


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_nothing_is_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\sstyle\s*=|<style", text)
    assert not re.search(r"\son\w+\s*=\s*[\"']", text)
    assert "hx-on" not in text
    assert "|safe" not in text.replace(" ", "")


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_template_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_form_that_posts_by_htmx_posts_without_it_too(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for tag in re.findall(r"<form\b[^>]*>", text, re.DOTALL):
        if "hx-post" in tag:
            assert "action=" in tag
            assert "method=" in tag
    for tag in re.findall(r"<a\b[^>]*hx-get[^>]*>", text, re.DOTALL):
        assert "href=" in tag
