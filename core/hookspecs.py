"""Every hook. The prefix says the calling policy; the docstring is the documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy

from core.channels import Channel
from core.events import Event
from core.invoice import Invoice
from core.rules import Fault, RuleSet

if TYPE_CHECKING:
    import click
    from flask import Blueprint

    from core.contributions import Actor, Companion, Job, MenuEntry, Panel, Permission, Renderer, Visitor

hookspec = pluggy.HookspecMarker("fapiao")
hookimpl = pluggy.HookimplMarker("fapiao")


@hookspec
def provide_blueprint() -> Blueprint:  # type: ignore[empty-body]
    """Bring the plugin's pages, as a blueprint of the plugin's name.

    When: once, while the app is built.
    Returns: the blueprint; each of its views declares its policy with `allow`.
    Raises: anything; the plugin is then left out and the start goes on without it.
    """


@hookspec
def provide_menu() -> list[MenuEntry]:  # type: ignore[empty-body]
    """Bring entries of the main or the account menu.

    When: once. Who sees an entry is decided at each request by its permission and the module switch.
    Returns: the entries.
    """


@hookspec
def provide_permissions() -> list[Permission]:  # type: ignore[empty-body]
    """Declare what can be allowed, and which roles have it.

    When: once.
    Returns: permissions named `<plugin>.<verb>`.
    """


@hookspec
def provide_panels() -> list[Panel]:  # type: ignore[empty-body]
    """Bring panels of the home page.

    When: once; a panel's `load` runs at each view of the page and may fail without harm to the page.
    Returns: the panels.
    """


@hookspec
def provide_jobs() -> list[Job]:  # type: ignore[empty-body]
    """Bring the plugin's background work.

    When: once.
    Returns: jobs; their kinds are named `<plugin>.<noun>`.
    """


@hookspec
def provide_commands() -> list[click.Command]:  # type: ignore[empty-body]
    """Bring commands of the `fapiao` program; they run in the chosen company's scope,
    a `FreeCommand` in none.

    When: at each call of the program.
    Returns: click commands.
    """


@hookspec
def provide_rules() -> list[RuleSet]:  # type: ignore[empty-body]
    """Bring rule sets that every draft is checked by.

    When: once; the sets in force on the day are applied to each calculated draft.
    Returns: rule sets, whose codes begin with the plugin's name.
    """


@hookspec
def provide_channel() -> Channel:  # type: ignore[empty-body]
    """Bring a channel to a tax bureau.

    When: once.
    Returns: the channel; core drives it by its declared capabilities.
    """


@hookspec
def provide_renderers() -> list[Renderer]:  # type: ignore[empty-body]
    """Bring ways to draw a document as a file.

    When: once.
    Returns: renderers, one per format.
    """


@hookspec
def provide_companions() -> list[Companion]:  # type: ignore[empty-body]
    """Bring processes that start and stop with the server.

    When: once.
    Returns: their modules, arguments and the address that answers when they are ready.
    """


@hookspec
def provide_demo() -> Callable[[], None] | None:
    """Fill a fresh demo company with the plugin's share of believable data.

    When: once, in the demo company's scope, in the order of the plugins.
    Returns: what puts things back in order after the last plugin brought its share, or None.
    """


@hookspec
def provide_demo_notice() -> list[str]:  # type: ignore[empty-body]
    """Bring lines that the server prints at its start in demo mode: who may sign in, and how.

    When: once, in demo mode, when requests are answered.
    Returns: the lines; nothing secret outside the demo.
    """


@hookspec
def choose_visitor() -> Visitor | None:
    """Say who is at the other end of this request.

    When: first in every request, before any company's data can be reached.
    Returns: the signed-in user, or None where that is not yours to say.
    """


@hookspec
def choose_actor(visitor: Visitor) -> Actor | None:
    """Say for which company, and in which role, the user acts in this request.

    When: after `choose_visitor`, in the user's own scope (only his own memberships can be read).
    Returns: the actor, or None where he has no company.
    """


@hookspec
def choose_facts(filename: str, content: bytes) -> dict[str, Any] | None:
    """Say what an invoice file says.

    When: somebody uploads one. A stranger's bytes are read in a capped child (`capped.run`), never here.
    Returns: the object that `fapiao read --json` prints, or None where that is not yours to read.
    """


@hookspec
def prepare_draft(draft: Invoice, actor: Actor) -> Invoice | None:
    """Complete a draft: the seller's particulars, defaults.

    When: on every draft, before the arithmetic; plugins in their order, each sees the last one's.
    Returns: the draft to go on with, or None to leave it.
    Raises: anything refuses the request and nothing is saved.
    """


@hookspec
def check_draft(draft: Invoice) -> list[Fault] | None:
    """Say what stops this calculated draft from being issued, where a rule needs the company's data.

    When: for previews, and again inside the transaction before the event is appended; no I/O.
    Returns: faults whose paths are form field names; None means nothing to say.
    Raises: anything refuses the invoice: a check that cannot be made is not passed over.
    """


@hookspec
def on_event(event: Event) -> None:
    """Be told what happened to the scope's company.

    When: after commit, in order; each plugin has its own place in the ledger, and what it writes here
        is one transaction with that place. Quick and local: what takes time is enqueued as a job.
    Raises: anything; what it wrote is taken back, this plugin alone is told again later.
    """
