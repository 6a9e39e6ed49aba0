"""A plugin in place of accounts and companies: signs everybody in, and fills in the seller."""

from __future__ import annotations

from dataclasses import replace

from core.api import Actor, Invoice, Party, Plugin, Visitor, hookimpl, rows

PLUGIN = Plugin(name="colleague", title="同事", summary="替身", essential=True)


class Who:
    """The user whom every request comes from."""

    company, role, user, name = "", "finance", "user-1", "张三"


@hookimpl
def choose_visitor() -> Visitor | None:
    return Visitor(Who.user, Who.name, Who.company) if Who.user else None


@hookimpl
def choose_actor(visitor: Visitor) -> Actor | None:
    if not Who.company:
        return None
    return Actor(visitor.user, visitor.name, Who.company, Who.role, {Who.company: Who.role})


@hookimpl
def prepare_draft(draft: Invoice, actor: Actor) -> Invoice:
    name, tax_id = rows("SELECT name, tax_id FROM company")[0]
    return replace(draft, seller=Party(name, tax_id, "北京市海淀区学院路 1 号", "010-62000000"))
