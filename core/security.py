"""Who may do what: policies of views, the scope of each request, CSRF and the headers of every answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

from flask import Flask, Response, abort, g, request, url_for
from flask_wtf.csrf import CSRFProtect

from core import i18n, plugins, scope
from core.contributions import PUBLIC, SIGNED_IN, Actor, Permission, Visitor
from core.errors import Forbidden
from core.htmx import see_other, wants_block

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
csrf_exempt = csrf.exempt

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}

_by_role: dict[str, set[str]] = {}
_owners: dict[str, str] = {}


def grant(permissions: list[tuple[str, Permission]]) -> None:
    """Install what the plugins declared, with the name of the plugin that did."""
    _by_role.clear()
    _owners.clear()
    for plugin, permission in permissions:
        _owners[permission.name] = plugin
        for role in permission.roles:
            _by_role.setdefault(role, set()).add(permission.name)


def permissions() -> dict[str, set[str]]:
    """Names of permissions by role."""
    return {role: set(names) for role, names in _by_role.items()}


def allow(policy: str) -> Callable[[View], View]:
    """Declare a view's policy: `PUBLIC`, `SIGNED_IN` or a permission's name. Every view has one."""

    def mark(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return mark


def may(permission: str) -> bool:
    """Whether the actor of this request has a permission, and its module is on."""
    found = actor_or_none()
    if permission in (PUBLIC, SIGNED_IN):
        return permission == PUBLIC or visitor() is not None
    owner = _owners.get(permission, "")
    if owner and not plugins.current().is_on(owner):
        return False
    return found is not None and permission in _by_role.get(found.role, ())


def require(permission: str) -> None:
    """Refuse what the actor may not do.

    :raise Forbidden: his role does not allow it.
    """
    if not may(permission):
        raise Forbidden("您的角色不能进行这项操作")


def visitor() -> Visitor | None:
    """The signed-in user of this request."""
    return g.get("visitor")


def actor_or_none() -> Actor | None:
    """Who acts for which company in this request; None for strangers and users without a company."""
    return g.get("actor")


def actor() -> Actor:
    """Who acts for which company in this request.

    :raise Forbidden: nobody does.
    """
    found = actor_or_none()
    if found is None:
        raise Forbidden("请先登录并选择公司")
    return found


def policy_of(app: Flask, endpoint: str) -> str | None:
    """The declared policy of an endpoint; static files are public (and gated by their module)."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC
    return getattr(app.view_functions[endpoint], "policy", None)


def install(app: Flask, sign_in: Callable[[], str], language: Callable[[], str]) -> None:
    """Put the gates before every request and the headers on every answer.

    :param sign_in: where strangers are sent. :param language: what this request's user reads.
    :raise RuntimeError: a view declares no policy.
    """
    undeclared = [rule.endpoint for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) is None]
    if undeclared:
        raise RuntimeError(f"views without a policy: {', '.join(sorted(set(undeclared)))}")

    # First of all: errors of the gates speak the user's language, too.
    @app.before_request
    def begin() -> None:
        g.scopes = ExitStack()
        g.scopes.enter_context(i18n.speaking(language()))

    @app.before_request
    def whole() -> None:
        # A part of a form without a name breaks whatever looks through the names (Flask-WTF does).
        if request.method not in ("GET", "HEAD", "OPTIONS") and None in request.form:
            abort(400)

    csrf.init_app(app)

    @app.before_request
    def admit() -> Response | None:
        if request.endpoint == "static":
            return None
        _identify()
        if request.endpoint is None:
            return None
        _gate()
        return _enforce(policy_of(app, request.endpoint) or "", sign_in)

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        stack = g.pop("scopes", None)
        if stack is not None:
            stack.close()

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _identify() -> None:
    known, stack = plugins.current(), g.scopes
    stack.enter_context(scope.opened())
    g.visitor = found = known.choose("choose_visitor")
    if found is not None:
        with scope.opened("", found.user):
            g.actor = known.choose("choose_actor", visitor=found)
        chosen: Actor | None = g.actor
        stack.enter_context(scope.opened(chosen.company if chosen else "", found.user))


def _gate() -> None:
    module = (request.blueprint or "").partition(".")[0]
    if module in plugins.current().manifests and not plugins.current().is_on(module):
        abort(404)


def _enforce(policy: str, sign_in: Callable[[], str]) -> Response | None:
    if policy == PUBLIC:
        return None
    if visitor() is None:
        if wants_block() or (request.method == "GET" and request.accept_mimetypes.accept_html):
            return see_other(sign_in())
        abort(401)
    if policy != SIGNED_IN and not may(policy):
        if actor_or_none() is None:
            return see_other(url_for("shell.home"))
        raise Forbidden("您的角色不能进行这项操作")
    return None
