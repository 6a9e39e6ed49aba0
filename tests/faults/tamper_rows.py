"""What a forger does to the rows that the house works with, the ledger left as it is, and to originals."""

from __future__ import annotations

import json
from pathlib import Path

from tests.faults.tamper_ledger import Forger, Forgery, Words

TEXTS = ("source", "source_ref", "buyer_name", "order_no", "serial", "issued_at", "channel", "actor")
AMOUNTS = ("amount", "tax", "total")


def edit_text(f: Forger) -> Words:
    """A word of one document."""
    column = f.chance.choice(TEXTS)
    return _edit(f, column, "'X' || substr(doc, 2)" if f.chance.random() < 0.5 else "doc || '1'")


def edit_amount(f: Forger) -> Words:
    """An amount, alone or so that it adds up."""
    if f.chance.random() < 0.5:
        return _edit(f, f.chance.choice(AMOUNTS), "doc + 100")
    document = _any(f)
    f.run("UPDATE _document SET amount = amount + 100, total = total + 100 WHERE id = ?", document)
    return (f"document {document}: amount", f"document {document}: total")


def edit_kind(f: Forger) -> Words:
    """Special or ordinary, blue or red."""
    if f.chance.random() < 0.5:
        return _edit(f, "kind", "iif(doc = 'special', 'ordinary', 'special')")
    return _edit(f, "side", "iif(doc = 'blue', 'red', 'blue')")


def edit_snapshot(f: Forger) -> Words:
    """What was asked for."""
    document = _any(f)
    (text,) = f.link.execute("SELECT snapshot FROM _document WHERE id = ?", (document,)).fetchone()
    said = json.loads(text)
    said["lines"][0][f.chance.choice(["amount", "tax"])] += 1
    f.run("UPDATE _document SET snapshot = ? WHERE id = ?", json.dumps(said, ensure_ascii=False), document)
    return (f"document {document}: its snapshot",)


def edit_number(f: Forger) -> Words:
    """A number that the bureau did not give; or the bureau's, taken away."""
    if f.chance.random() < 0.3:
        return _edit(f, "number", "NULL", "number IS NOT NULL")
    return _edit(f, "number", "'2699' || substr(id, 11, 16)")


def swap_numbers(f: Forger) -> Words:
    """Two documents' numbers and moments change places."""
    rows = f.link.execute("SELECT id, number, issued_at FROM _document WHERE number IS NOT NULL").fetchall()
    if len(rows) < 2:
        return ()
    one, two = f.chance.sample(rows, 2)
    f.run("UPDATE _document SET number = NULL WHERE id IN (?, ?)", one[0], two[0])
    for (document, _, _), (_, number, at) in ((one, two), (two, one)):
        f.run("UPDATE _document SET number = ?, issued_at = ? WHERE id = ?", number, at, document)
    return (f"document {one[0]}: number", f"document {two[0]}: number")


def edit_state(f: Forger) -> Words:
    """Where a document stands."""
    states = ["queued", "sending", "accepted", "issued", "rejected", "unknown", "parked", "void"]
    document = _any(f)
    (old,) = f.link.execute("SELECT state FROM _document WHERE id = ?", (document,)).fetchone()
    new = f.chance.choice([state for state in states if state != old])
    (last,) = f.link.execute(
        "SELECT kind || body FROM _event WHERE subject = ? ORDER BY seq DESC LIMIT 1", (document,)
    ).fetchone()
    if {old, new} == {"queued", "unknown"} and '"before"' in last:
        return ()
    f.run("UPDATE _document SET state = ? WHERE id = ?", new, document)
    return (f"document {document}: state",)


def edit_standing(f: Forger) -> Words:
    """How often it was sent, under which generation; an attempt less lets a refusal count."""
    if f.chance.random() < 0.5:
        return _edit(f, "generation", "doc + 1")
    return _edit(f, "attempts", "doc + 2")


def edit_moment(f: Forger) -> Words:
    """When it was asked for."""
    return _edit(f, "created_at", "'2025' || substr(doc, 5)")


def delete_document(f: Forger) -> Words:
    """A document, with its key, or without."""
    document = _any(f)
    f.run("DELETE FROM _document WHERE id = ?", document)
    if f.chance.random() < 0.5:
        f.run("DELETE FROM _idempotency WHERE document = ?", document)
    return (f"document {document}, asked for by event",)


def clone_document(f: Forger) -> Words:
    """A document that nobody asked for, made of one that was."""
    document, new = _any(f), f"01CLONE{f.chance.randrange(10**18):019d}"
    names = [row[1] for row in f.link.execute("PRAGMA table_info(_document)")]
    values = {"id": f"'{new}'", "source_ref": "source_ref || '-2'", "number": "NULL"}
    f.run(f"INSERT INTO _document ({', '.join(names)}) SELECT {', '.join(values.get(n, n) for n in names)}"
          " FROM _document WHERE id = ?", document)  # fmt: skip
    return (f"document {new}: no event",)


def replace_document(f: Forger) -> Words:
    """A document is said to be replaced by another, or is not any more."""
    row = f.one("SELECT id, replaced_by FROM _document WHERE replaced_by IS NOT NULL")
    if row and f.chance.random() < 0.5:
        f.run("UPDATE _document SET replaced_by = NULL, source_ref = source_ref || 'x' WHERE id = ?", row[0])
        return (f"document {row[1]}: it replaced {row[0]}",)
    one, two = _any(f), _any(f)
    row = f.one("SELECT 1 FROM _document WHERE id = ? AND replaced_by IS ?", one, two)
    if row:
        return ()
    f.run("UPDATE _document SET replaced_by = ? WHERE id = ?", two, one)
    return (f"document {one}: it is said to be replaced",)


def edit_key(f: Forger) -> Words:
    """An idempotency key is gone, or names no document."""
    row = f.one("SELECT principal, key, document FROM _idempotency i WHERE 1 = ("
                "SELECT count(*) FROM _idempotency o WHERE o.document = i.document)")  # fmt: skip
    if row is None:
        return ()
    if f.chance.random() < 0.5:
        f.run("DELETE FROM _idempotency WHERE principal = ? AND key = ?", *row[:2])
        return (f"document {row[2]}: the key",)
    f.run("UPDATE _idempotency SET document = 'NOWHERE' WHERE principal = ? AND key = ?", *row[:2])
    return ("names document NOWHERE",)


def delete_task(f: Forger) -> Words:
    """Nobody shall ever look at an open document again."""
    row = f.one("SELECT id, state FROM _document WHERE state IN ('queued', 'accepted', 'unknown')")
    if row is None:
        return ()
    f.run("DELETE FROM _task WHERE ref = ?", row[0])
    return (f"document {row[0]} is {row[1]}, and no task",)


def edit_company(f: Forger) -> Words:
    """The company's name, tax id or region."""
    column = f.chance.choice(["name", "tax_id", "region"])
    f.run(f"UPDATE _company SET {column} = {column} || '1'")
    return (f"company's {column}",)


def edit_choice(f: Forger) -> Words:
    """A switch or a setting, changed, removed or added unseen."""
    done = f.run(f.chance.choice([
        "INSERT INTO _module_switch (company, module, enabled) SELECT company, 'bureau', 0 FROM _company",
        "UPDATE _company_setting SET value = value || '0'", "DELETE FROM _module_switch",
    ]))  # fmt: skip
    return ("module '", "setting '") if done else ()


def edit_stray(f: Forger) -> Words:
    """A difference with the bureau's list is hidden."""
    row = f.one("SELECT number, state FROM _stray")
    if row is None:
        return ()
    if f.chance.random() < 0.5:
        f.run("DELETE FROM _stray WHERE number = ?", row[0])
    else:
        state = "open" if row[1] == "settled" else "settled"
        f.run("UPDATE _stray SET state = ? WHERE number = ?", state, row[0])
    return (f"difference {row[0]}",)


def edit_original(f: Forger) -> Words:
    """One copy or both of an original: changed, emptied, removed, or another one's content."""
    digests = sorted(path.name for path in (f.root / "originals").glob("??/*"))
    if not digests:
        return ()
    digest, both, lot = f.chance.choice(digests), f.chance.random() < 0.5, f.chance.randrange(4)
    for folder in ("originals", "originals-copy")[: 2 if both else 1]:
        _spoil(
            f.root / folder / digest[:2] / digest, lot, digests[0] if digest != digests[0] else digests[-1]
        )
    said = "no copy of" if both else "a damaged copy of"
    return (f"{said} original {digest}",)


def _spoil(path: Path, lot: int, other: str) -> None:
    content = path.read_bytes()
    path.unlink()
    if lot == 0:
        path.write_bytes(content.replace(b"total='", b"total='9"))
    elif lot == 1:
        path.write_bytes(b"")
    elif lot == 2:
        path.write_bytes(other.encode())


def _any(f: Forger) -> str:
    row = f.one("SELECT id FROM _document")
    assert row is not None
    return str(row[0])


def _edit(f: Forger, column: str, value: str, where: str = "1") -> Words:
    row = f.one(f"SELECT id FROM _document WHERE {where}")
    if row is None:
        return ()
    f.run(f"UPDATE _document SET {column} = {value.replace('doc', column)} WHERE id = ?", row[0])
    words = (f"document {row[0]}: {column}",)
    return words if column != "generation" else (f"document {row[0]}: serial",)


FORGERIES: tuple[Forgery, ...] = (
    edit_text, edit_text, edit_amount, edit_amount, edit_kind, edit_snapshot, edit_number, swap_numbers,
    edit_state, edit_state, edit_standing, edit_moment, delete_document, clone_document, replace_document,
    edit_key, delete_task, edit_company, edit_choice, edit_stray, edit_original, edit_original,
)  # fmt: skip
