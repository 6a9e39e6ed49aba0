"""The page that shows the design and gives samples of it."""

from __future__ import annotations

import io

from flask import Blueprint, Response, send_file

from core.api import actor, allow, errors, respond
from plugins.templates import render
from plugins.templates.sample import KINDS, sample

bp = Blueprint("templates", __name__, url_prefix="/templates", template_folder="templates")


@bp.get("/")
@allow("templates.view")
def index() -> Response:
    """The one design: its name, its version and what it keeps to."""
    return respond("templates/index.html", "content", version=render.VERSION)


@bp.get("/sample/<name>.pdf")
@allow("templates.view")
def sample_pdf(name: str) -> Response:
    """A made-up invoice of the company in the design, marked as a specimen."""
    if name not in KINDS:
        raise errors.NotFound("没有这种示例")
    pdf = io.BytesIO(render.render_pdf(sample(name, actor())))
    return send_file(pdf, "application/pdf", as_attachment=True, download_name=f"sample-{name}.pdf")
