"""Stands in for the accounts module: whoever a request's header names is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import registry
from core.contributions import Actor, Plugin, Visitor
from core.hookspecs import hookimpl
from core.house import House

HEADER = "X-Stand-In"


def plugin() -> ModuleType:
    """The plugin's module."""
    module = ModuleType("plugins.standin.plugin")
    module.__file__ = __file__

    def choose_visitor() -> Visitor | None:
        said = request.headers.get(HEADER, "")
        return Visitor(said, "李四") if said else None

    def choose_actor(visitor: Visitor) -> Actor | None:
        role, _, company = visitor.user.partition("@")
        return Actor("user-1", "李四", company, role, {company: role})

    module.PLUGIN = Plugin("standin", "替身", "", essential=True)  # type: ignore[attr-defined]
    for hook in (choose_visitor, choose_actor):
        setattr(module, hook.__name__, hookimpl(hook))
    return module


def add_to(house: House) -> None:
    """Have the stand-in answer in this house."""
    house.plugins.add("standin", plugin())


@dataclass
class Browser:
    """Somebody of a company in front of the application."""

    client: FlaskClient
    company: str
    role: str = "viewer"

    def get(self, url: str, *, htmx: bool = False) -> TestResponse:
        return self.client.get(url, headers=self._headers(htmx))

    def post(self, url: str, data: dict[str, str] | None = None) -> TestResponse:
        return self.client.post(url, data=data, headers=self._headers(False))

    def _headers(self, htmx: bool) -> dict[str, str]:
        return {HEADER: f"{self.role}@{self.company}"} | ({"HX-Request": "true"} if htmx else {})


def browser(app: Flask, company: str, role: str = "viewer") -> Browser:
    """A signed-in browser; forms need no CSRF token here, which core's own tests see to."""
    app.config["WTF_CSRF_ENABLED"] = False
    return Browser(app.test_client(), company, role)


def second_company() -> str:
    """Another company of the same installation."""
    return registry.create_company("苏州对照贸易有限公司", "91320500MA1K11112X", "32")
