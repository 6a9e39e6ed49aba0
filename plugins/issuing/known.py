"""What earlier invoices taught: the company's buyers and its goods, for look-up while typing."""

from __future__ import annotations

from typing import Any

from core.api import (
    Event,
    Fault,
    Invoice,
    Line,
    errors,
    execute,
    insert,
    money,
    rng,
    rows,
    taxpayer,
    transaction,
)
from plugins.issuing.tables import Buyer, Item

DETAILS = ("address", "phone", "bank", "account", "email", "mobile")

LONGEST = 200
"""Characters of a query that are looked at; SQLite itself refuses a pattern that is far longer."""


def find_buyers(query: str, limit: int = 6) -> list[Buyer]:
    """Buyers whose name holds, or whose tax id begins with, what was typed; the most used first."""
    words = query.strip()[:LONGEST]
    if not words:
        return []
    fits = Buyer.name.contains(words) | Buyer.tax_id.startswith(taxpayer.tidy(words))
    return list(Buyer.select().where(fits).order_by(Buyer.used.desc(), Buyer.seq.desc()).limit(limit))


def all_buyers(query: str = "", after: str = "", limit: int = 50) -> list[Buyer]:
    """Buyers by name, a page at a time; `after` is the last name of the page before."""
    chosen = Buyer.select()
    words = query.strip()[:LONGEST]
    if words:
        fits = Buyer.name.contains(words) | Buyer.tax_id.startswith(taxpayer.tidy(words))
        chosen = chosen.where(fits)
    if after:
        chosen = chosen.where(Buyer.name + Buyer.id > after)
    return list(chosen.order_by(Buyer.name + Buyer.id).limit(limit))


def find_buyer(id: str) -> Buyer:
    """One buyer.

    :raise NotFound: none by that id here.
    """
    found: Buyer | None = Buyer.get_or_none(Buyer.id == id)
    if found is None:
        raise errors.NotFound("没有这个购买方")
    return found


def find_items(query: str, limit: int = 5, *, inclusive: bool = False) -> list[Item]:
    """Goods invoiced before whose name holds what was typed, or whose code begins with it.

    Each once: priced the way that is asked for, where it ever was.
    """
    words = query.strip()[:LONGEST]
    if not words:
        return []
    fits = Item.code.startswith(words) if words.isdigit() else Item.name.contains(words)
    found: dict[tuple[str, str], Item] = {}
    for item in Item.select().where(fits).order_by(Item.used.desc(), Item.seq.desc()).limit(4 * limit):
        known = found.get((item.name, item.spec))
        if known is None or bool(item.inclusive) == inclusive:
            found[item.name, item.spec] = item
    return list(found.values())[:limit]


def find_item(id: str) -> Item:
    """One of the goods invoiced before.

    :raise NotFound: none by that id here.
    """
    found: Item | None = Item.get_or_none(Item.id == id)
    if found is None:
        raise errors.NotFound("没有这个项目")
    return found


def usual_rate() -> tuple[str, bool]:
    """The rate of the goods invoiced last, and whether they were priced with tax; empty if none were."""
    last = Item.select().order_by(Item.seq.desc()).first()
    return (last.rate, bool(last.inclusive)) if last else ("", False)


def learn(event: Event) -> None:
    """Remember the buyer and the goods of an invoice that was asked for; again makes no difference.

    Plain statements: this runs for every invoice, and building a query costs more than running it.
    """
    invoice = Invoice.from_dict(event.body["invoice"])
    if invoice.side != "blue" or not invoice.buyer.name:
        return
    with transaction():
        _learn_buyer(invoice, event.seq)
        for line in invoice.lines:
            if line.name and not line.discount:
                _learn_item(line, invoice.inclusive, event.seq)


def _learn_buyer(invoice: Invoice, seq: int) -> None:
    party = invoice.buyer
    said = (party.address, party.phone, party.bank, party.account, invoice.buyer_email, invoice.buyer_mobile)
    found = rows("SELECT id, seq FROM issuing_buyer WHERE name = ? AND tax_id = ?", party.name, party.tax_id)
    if not found:
        facts = dict(zip(DETAILS, said, strict=True))
        named = {
            "id": rng.ulid(),
            "name": party.name,
            "tax_id": party.tax_id,
            "is_person": int(party.is_person),
        }
        insert("issuing_buyer", {**named, **facts, "used": 1, "seq": seq})
    elif found[0][1] < seq:
        sets = ", ".join(f"{name} = coalesce(nullif(?, ''), {name})" for name in DETAILS)
        execute(
            f"UPDATE issuing_buyer SET {sets}, is_person = ?, used = used + 1, seq = ? WHERE id = ?",
            *said, int(party.is_person), seq, found[0][0],
        )  # fmt: skip


def _learn_item(line: Line, inclusive: bool, seq: int) -> None:
    facts: dict[str, object] = {
        "code": line.code, "short_name": line.short_name, "unit": line.unit, "rate": line.rate,
        "price": money.decimal_text(line.price), "seq": seq,
    }  # fmt: skip
    same = "name = ? AND spec = ? AND inclusive = ?"
    key = (line.name, line.spec, int(inclusive))
    found = rows(f"SELECT id, seq FROM issuing_item WHERE {same}", *key)
    if not found:
        named = dict(zip(("name", "spec", "inclusive"), key, strict=True))
        insert("issuing_item", {"id": rng.ulid(), **named, **facts, "used": 1})
    elif found[0][1] < seq:
        sets = ", ".join(f"{name} = ?" for name in facts)
        execute(f"UPDATE issuing_item SET {sets}, used = used + 1 WHERE id = ?", *facts.values(), found[0][0])


def save_buyer(id: str, texts: dict[str, str]) -> list[Fault]:
    """Change a buyer, or add one (empty id); what stops it, or nothing.

    :raise NotFound: none by that id here.
    """
    clean = {name: texts.get(name, "").strip() for name in ("name", "tax_id", *DETAILS)}
    clean["tax_id"] = taxpayer.tidy(clean["tax_id"])
    with transaction():
        found = find_buyer(id) if id else None
        faults = _buyer_faults(clean, id)
        if faults:
            return faults
        values: dict[str, Any] = {**clean, "is_person": int(bool(texts.get("is_person")))}
        if found is None:
            Buyer.create(id=rng.ulid(), used=0, seq=0, **values)
        else:
            for name, value in values.items():
                setattr(found, name, value)
            found.save()
    return []


def _buyer_faults(clean: dict[str, str], id: str) -> list[Fault]:
    if not clean["name"]:
        return [Fault("ISSUING-BOOK-01", "name", "请填写购买方名称", "填写营业执照上的全称,个人填姓名")]
    if clean["tax_id"] and taxpayer.judge(clean["tax_id"]) is taxpayer.Verdict.WRONG:
        return [Fault("ISSUING-BOOK-02", "tax_id", "税号不正确", "核对营业执照上的统一社会信用代码,共 18 位")]
    twin = Buyer.get_or_none(Buyer.name == clean["name"], Buyer.tax_id == clean["tax_id"])
    if twin is not None and twin.id != id:
        return [Fault("ISSUING-BOOK-03", "name", "这个购买方已经在名单里", "直接修改名单里的那一条")]
    return []


def forget_buyer(id: str) -> None:
    """Take a buyer off the list; invoices are not touched.

    :raise NotFound: none by that id here.
    """
    with transaction():
        find_buyer(id)
        Buyer.delete().where(Buyer.id == id).execute()
