"""One URL, one view, one template: the whole page, or the block that htmx asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, make_response, redirect, render_template, request


def wants_block() -> bool:
    """Whether htmx asks for a part of the page (and does not restore or boost a whole one)."""
    sent = request.headers
    return "HX-Request" in sent and not ("HX-Boosted" in sent or "HX-History-Restore-Request" in sent)


def respond(
    template: str, block: str, status: int = 200, *, trigger: Mapping[str, Any] | None = None,
    oob: Sequence[str] = (), push_url: str = "", **context: Any,
) -> Response:  # fmt: skip
    """Answer with the page, or with `block` (and the out-of-band blocks `oob`) of it.

    :param trigger: events for other parts of the page, by name; never set on a refusal.
    """
    partial = wants_block()
    html = _blocks(template, (block, *oob), context) if partial else render_template(template, **context)
    response = make_response(html, status)
    response.vary.add("HX-Request")
    if partial and trigger:
        response.headers["HX-Trigger"] = json.dumps(trigger)
    if partial and push_url:
        response.headers["HX-Push-Url"] = quote(push_url, safe="/?&=%:#")
    return response


def _blocks(template: str, names: Sequence[str], context: dict[str, Any]) -> str:
    page = current_app.jinja_env.get_template(template)
    values = dict(context)
    current_app.update_template_context(values)
    return "".join("".join(page.blocks[name](page.new_context(values))) for name in names)


def own_path(text: str) -> str:
    """Where to go on to: a path of ours as it stands, or the home page for anything else.

    Browsers drop tabs and line ends from an address and take `\\` for `/`: `/<tab>/elsewhere` leads away.
    """
    odd = "\\" in text or any(c <= " " or c == "\x7f" for c in text)
    return text if text.startswith("/") and not text.startswith("//") and not odd else "/"


def see_other(url: str) -> Response:
    """Go to another page after a successful write, in both worlds."""
    if wants_block():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = quote(url, safe="/?&=%:#")
        return response
    return make_response(redirect(url, 303))
