"""A few cases of row S5: templates that mean harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.capped import Refused
from plugins.templates import render
from tests.hostile import injection
from tests.hostile.rendering import BODY, STYLE, document
from tests.proof.row import Caught, Job


def test_harm_is_refused_in_words(tmp_path: Path) -> None:
    tally = injection.run(Job(24, 3, tmp_path))
    assert tally.violations == []


@pytest.mark.parametrize("plant", ["nothing is escaped", "templates are not read as trees"])
def test_a_hole_is_seen(tmp_path: Path, plant: str) -> None:
    with pytest.raises(Caught):
        injection.run(Job(60, 1, tmp_path, plant=plant))


@pytest.mark.parametrize(
    ("style", "body"),
    [
        (STYLE, BODY + "{{ self }}"),  # Jinja's own name for the template
        (STYLE.replace("595pt 842pt", "60pt 60pt"), BODY),  # nothing fits
        (STYLE, BODY + "<table><tr><td>" * 300),  # deeper than is set
        ("p { color: #000000 }", BODY),  # no page
    ],
)
def test_what_was_found_once(style: str, body: str) -> None:
    with pytest.raises(Refused) as caught:
        render.render_by(document(), style, body)
    assert caught.value.kind == "error"
