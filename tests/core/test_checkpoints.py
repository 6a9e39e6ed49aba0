"""The ledger proves itself: honest runs are sound, and every tampering is found and named."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import peewee
import pytest

from core import checkpoints, db, ledger, merkle, reopening, scope
from core.errors import NotFound
from core.events import canonical
from core.house import House


@pytest.fixture
def filled(bare: House, company: str) -> House:
    for number in range(1, 20):
        with db.transaction():
            ledger.append("setting-changed", f"s{number}", {"value": number, "text": "值"})
        if number in (7, 15):
            checkpoints.checkpoint(bare.signer)
    return bare


def tamper(*statements: str) -> None:
    """Change rows with full rights, as somebody with the database file would."""
    link = db.system.connection()
    for row in link.execute("SELECT name FROM sqlite_master WHERE name LIKE '%keep%'").fetchall():
        link.execute(f"DROP TRIGGER {row[0]}")
    for statement in statements:
        link.execute(statement)


def test_an_honest_ledger_is_sound(filled: House) -> None:
    report = checkpoints.verify(filled.signer)
    assert (report.size, report.checkpoints, report.problems) == (20, 2, [])


TAMPERINGS: list[tuple[tuple[str, ...], str]] = [
    (("UPDATE _event SET body = replace(body, '9', '8') WHERE seq = 10",), "event 10 was altered"),
    (("UPDATE _event SET actor = 'user:other' WHERE seq = 4",), "event 4 was altered"),
    (("UPDATE _event SET at = '2020-01-01' WHERE seq = 5",), "event 5 was altered"),
    (("DELETE FROM _event WHERE seq = 12",), "event 12 is missing"),
    (("DELETE FROM _event WHERE seq = 20",), "the ledger's head says 20 events, there are 19"),
    (("DELETE FROM _event WHERE seq > 10", "UPDATE _ledger_head SET size = 10"), "the ledger's head says"),
    (("UPDATE _event SET seq = -1 WHERE seq = 3", "UPDATE _event SET seq = 3 WHERE seq = 4",
      "UPDATE _event SET seq = 4 WHERE seq = -1"), "event 3 was altered"),
    (("UPDATE _checkpoint SET note = replace(note, '8', '9') WHERE size = 8",), "checkpoint 8"),
    (("UPDATE _checkpoint SET root = zeroblob(32) WHERE size = 16",), "checkpoint 16"),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "finding"), TAMPERINGS, ids=lambda value: str(value)[:40])
def test_tampering_is_found_and_named(filled: House, statements: tuple[str, ...], finding: str) -> None:
    tamper(*statements)
    problems = checkpoints.verify(filled.signer).problems
    assert any(finding in problem for problem in problems), problems


def test_a_rewritten_ledger_does_not_match_its_checkpoints(filled: House, company: str) -> None:
    def rewrite() -> None:
        tree = merkle.Range()
        for seq, computed, _ in list(ledger.recomputed()):
            db.system.execute_sql("UPDATE _event SET leaf = ? WHERE seq = ?", (computed, seq))
            tree.add(computed)
        db.system.execute_sql("UPDATE _ledger_head SET size = ?, nodes = ?", (tree.size, tree.packed()))

    tamper("UPDATE _event SET body = '{\"value\":0}' WHERE seq = 6")
    rewrite()
    assert any("checkpoint 8" in problem for problem in checkpoints.verify(filled.signer).problems)


def test_a_ledger_that_went_back_freezes_issuing(filled: House, company: str) -> None:
    from core import registry

    tamper("DELETE FROM _event WHERE seq > 10", "DELETE FROM _checkpoint WHERE size > 10")
    link = db.system.connection()
    tree = merkle.Range()
    for leaf in ledger.stored_leaves():
        tree.add(leaf)
    link.execute("UPDATE _ledger_head SET size = ?, nodes = ?", (tree.size, tree.packed()))
    assert any("witness saw 16" in problem for problem in checkpoints.verify(filled.signer).problems)
    reopening.look_back(filled.signer)
    assert registry.frozen()


def test_events_are_append_only_for_everybody(filled: House) -> None:
    for change in ("UPDATE _event SET body = ''", "DELETE FROM _event", "DELETE FROM _checkpoint"):
        with pytest.raises(peewee.IntegrityError, match="append-only"):
            db.system.execute_sql(change)


def test_events_are_written_only_inside_a_transaction(bare: House, company: str) -> None:
    with pytest.raises(RuntimeError):
        ledger.append("setting-changed", "x", {})
    with db.transaction(), pytest.raises(ValueError):
        ledger.append("no-such-kind", "x", {})


def check_alone(
    receipt: dict[str, object], tampered: Callable[[dict[str, object]], None] | None = None
) -> bool:
    """What a stranger's verifier does, with nothing but the receipt (docs/receipts.md)."""
    if tampered:
        tampered(receipt)
    head = receipt["head"]
    assert isinstance(head, dict)
    leaf = merkle.leaf_hash(canonical(head) + b"\n" + str(receipt["body"]).encode())
    try:
        key = base64.b64decode(str(receipt["key"]))
        company, size, root, _ = checkpoints.open_note(str(receipt["checkpoint"]), key)
    except ValueError:
        return False
    proof = [base64.b64decode(node) for node in receipt["proof"]]  # type: ignore[attr-defined]
    return company == head["company"] and merkle.includes(int(head["seq"]) - 1, size, leaf, proof, root)


def test_a_receipt_can_be_checked_alone(filled: House) -> None:
    for event in ledger.events(0, 16):
        assert check_alone(json.loads(json.dumps(checkpoints.receipt(filled.signer, event))))


def test_a_changed_receipt_is_refused(filled: House) -> None:
    event = ledger.events(4, 1)[0]
    changes: list[Callable[[dict[str, object]], None]] = [
        lambda r: r.update(body='{"value":0}'),
        lambda r: r.update(head={**r["head"], "seq": 6}),  # type: ignore[dict-item]
        lambda r: r.update(checkpoint=str(r["checkpoint"]).replace("\n8\n", "\n9\n")),
        lambda r: r.update(proof=list(reversed(r["proof"]))),  # type: ignore[call-overload]
    ]
    for change in changes:
        assert not check_alone(checkpoints.receipt(filled.signer, event), change)


def test_what_no_checkpoint_covers_has_no_receipt_yet(filled: House) -> None:
    with pytest.raises(NotFound):
        checkpoints.receipt(filled.signer, ledger.events(18, 1)[0])


def test_ledgers_of_companies_are_apart(filled: House, company: str) -> None:
    from core import registry

    other = registry.create_company("另一家", "91310115MA1K00007Q", "31")
    with scope.opened(other):
        assert ledger.size() == 1
        assert checkpoints.verify(filled.signer).problems == []


def test_a_witness_torn_inside_a_character_is_still_read(filled: House) -> None:
    with open(filled.signer.witness, "ab") as witness:
        witness.write('{"note": "fapiao —'.encode()[:-1])
    assert [note.size for note in checkpoints.last_witnessed(filled.signer).values()] == [16]
