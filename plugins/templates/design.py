"""A design: a style sheet and a body, both templates, made into the page that is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import escape

from plugins.templates import cleaning, sandbox
from plugins.templates.face import Face

COLOURS = {
    False: {"accent": "#12507b", "tint": "#eaf1f6", "rule": "#9db7c9", "hair": "#d3dfe8"},
    True: {"accent": "#a3201d", "tint": "#f9eeed", "rule": "#d3a9a7", "hair": "#ead6d5"},
}
INK, MUTED = "#16202a", "#45545f"

_DATA = Path(__file__).parent / "data"
_PAGE = (
    '<html lang="zh-CN"><head><meta charset="utf-8"/><title>{title}</title><style>{style}</style></head>'
    "<body>{body}</body></html>"
)


@dataclass(frozen=True, slots=True)
class Design:
    """What somebody wrote; it is trusted with nothing."""

    style: str
    body: str


@cache
def built_in() -> Design:
    """The design `default@1`."""
    names = ("default-1.css", "default-1.html")
    style, body = ((_DATA / name).read_text(encoding="utf-8") for name in names)
    return Design(style, body)


def facts_of(face: Face) -> dict[str, Any]:
    """All that a design sees, as plain data."""
    # A row is asked for its height, which it works out.
    sheets = [
        {**asdict(sheet), "rows": [{**asdict(row), "height": row.height} for row in sheet.rows]}
        for sheet in face.sheets
    ]
    facts = {**asdict(face), "sheets": sheets, "capitals_width": 465.9 - face.total_width}
    return {"f": facts, "ink": INK, "muted": MUTED, **COLOURS[face.red]}


def page(design: Design, facts: Mapping[str, Any]) -> str:
    """The page description: template, sandbox and allow-lists behind it.

    :raise Unfit: the design wants something that none may.
    """
    style = cleaning.style(sandbox.fill(design.style, facts))
    body = cleaning.body(sandbox.fill(design.body, facts))
    return _PAGE.format(title=escape(facts["f"]["title"]), style=style, body=body)
