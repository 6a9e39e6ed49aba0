"""The renderer: a document in, the bytes of its PDF out. Pure, deterministic, one at a time."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from plugins.templates.face import Face, Printable, draw_up

VERSION = "default@1"
"""Kept with what it drew. What a version draws never changes: any change is a new version."""

log = logging.getLogger(__name__)

# Both libraries keep their fonts and caches in globals: two renderings at once would mix them.
_ONE_AT_A_TIME = threading.Lock()

_COLOURS = {
    False: {"accent": "#12507b", "tint": "#eaf1f6", "rule": "#9db7c9", "hair": "#d3dfe8"},
    True: {"accent": "#a3201d", "tint": "#f9eeed", "rule": "#d3a9a7", "hair": "#ead6d5"},
}
INK, MUTED = "#16202a", "#45545f"


def render_pdf(document: Printable) -> bytes:
    """The invoice as PDF by the design `default@1`."""
    with _ONE_AT_A_TIME:
        from plugins.templates.press import press  # half a second: not before the first invoice

        face = draw_up(document)
        if face.missing:
            codes = " ".join(f"U+{ord(char):04X}" for char in face.missing)
            log.warning("document %s: no glyph for %s", document.id, codes)
        return press(html(face), document, _moment(document), _info(document, face))


def html(face: Face) -> str:
    """The page description xhtml2pdf sets: everything foreign in it is escaped."""
    return _design().render(f=face, ink=INK, muted=MUTED, **_COLOURS[face.red])


@cache
def _design() -> Template:
    # Not the application's environment: a design sees one face and nothing else (reliability §7.8).
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(Path(__file__).parent / "data"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    return environment.get_template("default-1.html")


def _moment(document: Printable) -> datetime:
    moment = datetime.fromisoformat(document.issued_at or document.created_at or "2000-01-01")
    return moment if moment.tzinfo else moment.fromisoformat(f"{moment.isoformat()}+08:00")


def _info(document: Printable, face: Face) -> dict[str, str]:
    red = "（红字）" if face.red else ""
    return {
        "title": f"{face.title}{red}",
        "subject": f"发票号码 {face.number}",
        "author": "".join(face.seller),
        "creator": f"Fapiao templates {VERSION}",
    }
