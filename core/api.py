"""All that a plugin may import of the host: its types, its verbs, and the modules of its vocabulary."""

from core import (
    capped,
    channels,
    clock,
    decisions,
    documents,
    errors,
    forms,
    ledger,
    money,
    net,
    qr,
    rng,
    sending,
    storage,
    taxpayer,
)
from core.contributions import (
    PUBLIC,
    ROLES,
    SIGNED_IN,
    Actor,
    Companion,
    FreeCommand,
    Job,
    MenuEntry,
    Panel,
    Permission,
    Plugin,
    Renderer,
    Visitor,
)
from core.db import Table, execute, insert, rows, transaction
from core.documents import Document
from core.events import Event
from core.hookspecs import hookimpl
from core.house import current as house
from core.htmx import respond, see_other
from core.i18n import gettext as _
from core.i18n import lazy
from core.intake import read_document
from core.invoice import Invoice, Line, Party
from core.posting import post, preview
from core.public import verify_public
from core.registry import create_company, rename_company
from core.rules import Fault, RuleSet
from core.schema import Schema
from core.scope import scope
from core.security import actor, actor_or_none, allow, csrf_exempt, may, visitor
from core.settings import Setting
from core.states import State
from core.tasks import Task, enqueue

__all__ = [
    "PUBLIC", "ROLES", "SIGNED_IN", "Actor", "Companion", "Document", "Event", "Fault", "FreeCommand",
    "Invoice", "Job", "Line", "MenuEntry", "Panel", "Party", "Permission", "Plugin", "Renderer",
    "RuleSet", "Schema", "Setting", "State", "Table", "Task", "Visitor", "_", "actor", "actor_or_none",
    "allow", "capped", "channels", "clock", "create_company", "csrf_exempt", "decisions", "documents",
    "enqueue", "errors", "execute", "forms", "hookimpl", "house", "insert", "lazy", "ledger", "may",
    "money", "net", "post", "preview", "qr", "read_document", "rename_company", "respond", "rng", "rows",
    "scope", "see_other", "sending", "storage", "taxpayer", "transaction", "verify_public", "visitor",
]  # fmt: skip
