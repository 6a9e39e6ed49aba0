"""What our pages share: the blueprint, links, and where a person may be sent on to."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, request, url_for

from core.api import Fault, _, errors, house, visitor
from plugins.accounts import credentials
from plugins.accounts.rules import fault
from plugins.accounts.tables import User

bp = Blueprint(
    "accounts", __name__, url_prefix="/accounts", template_folder="templates", static_folder="static"
)
bp.record_once(lambda state: credentials.install(cast(Flask, state.app)))


def me() -> User:
    """The person of this request.

    :raise NotFound: nobody is signed in.
    """
    found = visitor()
    if found is None:
        raise errors.NotFound("没有找到")
    return User.get_by_id(found.user)


def link(endpoint: str, **values: Any) -> str:
    """A page's whole address, for mails. The request's own host name is not to be trusted with that."""
    options = house().settings
    base = options.text("base_url") or f"http://{options.text('host')}:{options.number('port')}"
    return base.rstrip("/") + url_for(endpoint, **values)


def own_path(text: str) -> str:
    """Where to go on to: a path of ours as it stands, or the home page for anything else."""
    parts = urlsplit(text)
    odd = "\\" in text or any(c <= " " or c == "\x7f" for c in text)
    own = text.startswith("/") and not text.startswith("//") and not parts.scheme and not parts.netloc
    return text if own and not odd else "/"


def address() -> str:
    """The network address of this request."""
    return request.remote_addr or ""


def spell(seconds: int) -> str:
    """A time to wait, in words."""
    return _("%(n)s 秒", n=seconds) if seconds < 90 else _("%(n)s 分钟", n=-(-seconds // 60))


def too_often(seconds: int) -> list[Fault]:
    """Says when the next try is possible."""
    return [fault("ACCOUNTS-LIMIT-01", wait=spell(seconds))]
