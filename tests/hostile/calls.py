"""One request of somebody: how it is made from a route, sent, and what must come of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect, Rule

from tests.hostile import policies
from tests.hostile.policies import PUBLIC, SIGNED_IN
from tests.hostile.world import World

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
HARMLESS = {"enabled": "1", "sure": "1", "version": "1", "note": "x"}
"""Sent with every unsafe request, so that it gets as far as it may and breaks nothing of its sender's."""

_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_TOKEN = re.compile(r'(csrf_token" value="|X-CSRFToken&#34;: &#34;|X-CSRFToken": ")[^"&]*')
_SKIPPED = {"date", "content-length", "set-cookie", "etag", "last-modified"}


@dataclass(frozen=True, slots=True)
class Who:
    """A visitor. :ivar role: his role in the company he acts for; empty for none.

    :ivar at: `a`, `b`, or empty: which company that is. :ivar known: whether he is signed in.
    """

    name: str
    role: str = ""
    at: str = ""
    known: bool = True

    @property
    def is_outside(self) -> bool:
        """Whether nothing of A may reach him."""
        return self.at != "a"


@dataclass(frozen=True, slots=True)
class Call:
    """A request. Its `name` says everything one needs to send it again."""

    who: Who
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """In one line."""
        query = f"?{urlencode(self.query)}" if self.query else ""
        sent = {**self.form, **{k: v for k, v in self.headers.items() if not k.startswith("X-")}}
        return f"{self.who.name}: {self.method} {self.path}{query} {sent or ''}".strip()

    @property
    def is_block(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return "HX-Request" in self.headers

    def send(self, client: FlaskClient) -> Answer:
        """Send it."""
        unsafe = self.method in ("POST", "PUT", "PATCH", "DELETE")
        with client.open(
            self.path, method=self.method, query_string=dict(self.query), headers=dict(self.headers),
            data={**HARMLESS, **self.form} if unsafe else None,
        ) as got:  # fmt: skip
            return Answer(got.status_code, dict(got.headers), got.get_data())


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body and the headers, as everything that may tell something."""
        return self.body.decode(errors="replace") + "".join(f"\n{k}: {v}" for k, v in self.headers.items())

    def shape(self, *ids: str) -> tuple[int, str, tuple[tuple[str, str], ...]]:
        """Without what differs between any two answers, and without these ids."""

        def plain(text: str) -> str:
            for id in ids:
                text = text.replace(id, "ID").replace(quote(id), "ID")
            return _ULID.sub("ULID", _TOKEN.sub("TOKEN", text))

        kept = sorted((k.lower(), plain(v)) for k, v in self.headers.items() if k.lower() not in _SKIPPED)
        return self.status, plain(self.body.decode(errors="replace")), tuple(kept)


def path_of(world: World, rule: Rule, ids: Mapping[str, str]) -> str | None:
    """The rule's path with these ids; None where nobody told what its parameters are."""
    values: dict[str, Any] = {}
    for name in rule.arguments:
        kind = policies.PATH_IDS.get(rule.endpoint, {}).get(name)
        if kind:
            values[name] = ids[kind]
        elif name == "name" and rule.endpoint in policies.NAMES:
            values[name] = policies.NAMES[rule.endpoint]
        elif name in policies.OTHER_VALUES:
            values[name] = policies.OTHER_VALUES[name]
        else:
            return None
    return str(world.app.url_map.bind("localhost").build(rule.endpoint, values))


def endpoint_of(world: World, call: Call) -> str:
    """The view that answers; empty where none does (404, 405)."""
    try:
        found, _ = world.app.url_map.bind("localhost").match(call.path, call.method)
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return ""
    return str(found)


def wrong(world: World, call: Call, got: Answer) -> list[str]:
    """What of the answer's status is not as the table of policies wants it."""
    endpoint = endpoint_of(world, call)
    where = f"{call.name} → {got.status}"
    # The bureau does not run beside this world, and so the house is not wholly ready.
    down = got.status == 503 and endpoint.startswith(("bureau.", "shell.readyz"))
    if got.status >= 500 and not down:
        return [f"{where}: a failure of our own"]
    if not endpoint:
        return [] if got.status in (404, 405, 308) else [f"{where}: no view, and yet an answer"]
    policy = policies.POLICIES.get(endpoint)
    if policy is None:
        return [f"{where}: {endpoint} stands in no table"]
    wanted = _wanted(call, policy, endpoint, got)
    return [] if wanted else [f"{where} {got.headers.get('Location', '')}: not by the policy {policy}"]


def _wanted(call: Call, policy: str, endpoint: str, got: Answer) -> bool:
    if policy == PUBLIC:
        return True
    place = got.headers.get("Location") or got.headers.get("HX-Redirect") or ""
    if not call.who.known:
        reads = call.method == "GET" and "html" in call.headers.get("Accept", "")
        redirect = 204 if call.is_block else 303 if reads else 401
        return got.status == redirect and (redirect == 401 or place.startswith("/accounts/sign-in"))
    if policy == SIGNED_IN:
        return got.status != 401 and "/accounts/sign-in" not in place
    if not call.who.role:
        return got.status == (204 if call.is_block else 303) and place == "/"
    if call.who.role not in policies.ROLES_OF[policy]:
        return got.status == 403
    return got.status not in (401, 403) or (got.status == 403 and endpoint in policies.OWN_REFUSALS)
