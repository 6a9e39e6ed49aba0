"""What a plugin is and what it brings: the types of manifests, menus, jobs, panels, actors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import click
from flask import Blueprint

from core.channels import ChannelCaps
from core.documents import Document
from core.rules import RuleSet
from core.settings import Setting
from core.tasks import Task

ROLES = {
    "owner": "所有者",
    "admin": "管理员",
    "finance": "财务",
    "sales": "销售",
    "viewer": "查看者",
    "support": "客服",
}
"""Roles in a company, with their Chinese names."""

PUBLIC, SIGNED_IN = "public", "signed-in"
"""Policies that ask for no permission: anybody, and any user whether or not he has a company."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin's manifest.

    :ivar title: its name for people, Chinese. :ivar summary: one sentence for the module page.
    :ivar needs: third-party packages it imports beyond flask, peewee and click.
    :ivar after: plugins whose hooks run before its own.
    :ivar essential: cannot be switched off by a company.
    :ivar default_on: on for a company that has not chosen.
    :ivar events: its own kinds of event with their Chinese titles.
    :ivar listens: the kinds of event its `on_event` is told of; empty for all.
    """

    name: str
    title: str
    summary: str
    since: str = "0.1"
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    events: Mapping[str, str] = field(default_factory=dict)
    listens: tuple[str, ...] = ()
    essential: bool = False
    default_on: bool = True


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A menu entry; lower `order` comes first.

    :ivar menu: `main`, `account`, `search` (where the shell's search box leads), `sign-in` (where
        strangers are sent) or `start` (where users without a company begin).
    :ivar post: a button that posts, for what changes something (signing out).
    """

    endpoint: str
    title: str
    icon: str
    permission: str
    order: int = 50
    menu: str = "main"
    post: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that can be allowed, and the roles that have it."""

    name: str
    title: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the home page: its template and what fills it."""

    template: str
    load: Callable[[], dict[str, Any]]
    permission: str
    order: int = 50


@dataclass(frozen=True, slots=True)
class Job:
    """Background work of one kind.

    :ivar run: does one task; raising has it tried again later.
    :ivar every: seconds between runs that need no asking, once per company; None for none.
    :ivar site: runs once for the whole installation instead, in no company's scope; needs `every`.
    """

    kind: str
    run: Callable[[Task], None]
    title: str = ""
    every: float | None = None
    site: bool = False


@dataclass(frozen=True, slots=True)
class Renderer:
    """Draws documents in one format; `version` names the design and is kept with what was drawn."""

    format: str
    media_type: str
    version: str
    render: Callable[[Document], bytes]


@dataclass(frozen=True, slots=True)
class Companion:
    """A process beside the server: `python -m module args`.

    :ivar arguments: made of the data folder's path. :ivar ready: the address that answers 200 once it is
        ready; None where nobody waits for it. The start waits for those of bundled plugins alone.
    :ivar follows: the module itself ends with its standard input.
    """

    name: str
    module: str
    arguments: Callable[[str], list[str]]
    ready: Callable[[], str] | None = None
    follows: bool = False


class FreeCommand(click.Command):
    """A command that needs neither company nor data folder: it works on what it is given."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in user. `company` is the one he chose last, if any; `session` names this sign-in."""

    user: str
    name: str
    company: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts for which company. `companies` maps the ids of all his companies to his roles."""

    user: str
    name: str
    company: str
    role: str
    companies: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """As the ledger names him."""
        return f"user:{self.user}"


GIVES: dict[str, Any] = {
    "provide_blueprint": Blueprint,
    "provide_menu": list[MenuEntry],
    "provide_permissions": list[Permission],
    "provide_panels": list[Panel],
    "provide_jobs": list[Job],
    "provide_commands": list[click.Command],
    "provide_rules": list[RuleSet],
    "provide_renderers": list[Renderer],
    "provide_companions": list[Companion],
    "provide_demo_notice": list[str],
}
"""What each hook's answer is made of."""
OWN_NAMES = {"provide_permissions": ("name", "."), "provide_jobs": ("kind", "."),
             "provide_rules": ("name", "-"), "provide_companions": ("name", "-")}  # fmt: skip
"""Contributions whose names are the plugin's, or begin with it and this sign: nobody names another's."""
MANY = 1000


def refusal(plugin: str, hook: str, given: Any) -> str:
    """Why what a plugin provides cannot be taken; empty where it can."""
    if isinstance(given, (list, tuple)) and len(given) > MANY:
        return f"more than {MANY} of them"
    if hook == "provide_channel":
        sound = fits(getattr(given, "caps", None), ChannelCaps) and getattr(given, "name", "") == plugin
        return "" if sound else f"a channel has caps, and is named {plugin!r}"
    if not fits(given, GIVES[hook]):
        return f"not what the hook asks for, or a field of another type: {given!r:.200}"
    attribute, sign = OWN_NAMES.get(hook, ("", ""))
    names = [str(getattr(item, attribute)) for item in given] if attribute else []
    foreign = [name for name in names if name != plugin and not name.startswith(plugin + sign)]
    return f"not its own to name: {foreign[:3]}" if foreign else ""


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a declared type, down to the fields of dataclasses; numbers are finite."""
    origin, args = get_origin(kind), get_args(kind)
    if kind in (Any, object):
        return True
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in args)
    if origin is Literal:
        return value in args
    if origin in (list, tuple):
        return isinstance(value, origin) and all(fits(item, args[0]) for item in value)
    if origin is not None:
        return callable(value) if origin is get_origin(Callable[[], None]) else isinstance(value, origin)
    if isinstance(kind, type) and is_dataclass(kind):
        inner = _hints(kind)
        return isinstance(value, kind) and all(fits(getattr(value, name), inner[name]) for name in inner)
    if kind in (int, float):
        return isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is not Decimal or value.is_finite())


@cache
def _hints(kind: type) -> dict[str, Any]:
    found = get_type_hints(kind)
    return {one.name: found[one.name] for one in fields(kind)}
