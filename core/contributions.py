"""What a plugin is and what it brings: the types of manifests, menus, jobs, panels, actors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.documents import Document
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
        ready; None where nobody waits for it. :ivar follows: the module itself ends with its standard input.
    """

    name: str
    module: str
    arguments: Callable[[str], list[str]]
    ready: Callable[[], str] | None = None
    follows: bool = False


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
