"""The host's own tables."""

from core.schema import Schema


def up(schema: Schema) -> None:
    _companies(schema)
    _ledger(schema)
    _documents(schema)
    _work(schema)


def _companies(schema: Schema) -> None:
    schema.company_table(
        "company",
        {"name": "TEXT NOT NULL", "tax_id": "TEXT NOT NULL", "region": "TEXT NOT NULL",
         "status": "TEXT NOT NULL", "created_at": "TEXT NOT NULL"},
        key=(), checks=("status IN ('active','suspended')",),
    )  # fmt: skip
    schema.company_table(
        "module_switch", {"module": "TEXT NOT NULL", "enabled": "INTEGER NOT NULL"},
        key=("module",), small=True,
    )  # fmt: skip
    schema.company_table(
        "company_setting", {"name": "TEXT NOT NULL", "value": "TEXT NOT NULL"}, key=("name",), small=True
    )
    schema.global_table(
        "instance", {"id": "TEXT NOT NULL", "epoch": "INTEGER NOT NULL", "frozen": "TEXT NOT NULL",
                     "boot": "TEXT NOT NULL"},
        key=("id",), reason="one row about this installation",
    )  # fmt: skip


def _ledger(schema: Schema) -> None:
    schema.company_table(
        "event",
        {"seq": "INTEGER NOT NULL", "kind": "TEXT NOT NULL", "subject": "TEXT NOT NULL",
         "body": "TEXT NOT NULL", "at": "TEXT NOT NULL", "actor": "TEXT NOT NULL", "leaf": "BLOB NOT NULL"},
        key=("seq",), indexes=(("subject", "seq"),), checks=("length(leaf) = 32",), append_only=True,
    )  # fmt: skip
    schema.company_table(
        "ledger_head", {"size": "INTEGER NOT NULL", "nodes": "BLOB NOT NULL"}, key=(), small=True
    )
    schema.company_table(
        "checkpoint",
        {"size": "INTEGER NOT NULL", "root": "BLOB NOT NULL", "note": "TEXT NOT NULL", "at": "TEXT NOT NULL"},
        key=("size",), append_only=True,
    )  # fmt: skip
    schema.company_table(
        "feed_cursor", {"module": "TEXT NOT NULL", "seq": "INTEGER NOT NULL"}, key=("module",), small=True
    )


def _documents(schema: Schema) -> None:
    schema.company_table(
        "document",
        {"id": "TEXT NOT NULL", "source": "TEXT NOT NULL", "source_ref": "TEXT NOT NULL",
         "side": "TEXT NOT NULL", "kind": "TEXT NOT NULL", "state": "TEXT NOT NULL",
         "version": "INTEGER NOT NULL", "created_at": "TEXT NOT NULL", "snapshot": "TEXT NOT NULL",
         "amount": "INTEGER NOT NULL", "tax": "INTEGER NOT NULL", "total": "INTEGER NOT NULL",
         "buyer_name": "TEXT NOT NULL", "order_no": "TEXT NOT NULL", "number": "TEXT",
         "issued_at": "TEXT NOT NULL", "channel": "TEXT NOT NULL", "simulated": "INTEGER NOT NULL",
         "serial": "TEXT NOT NULL", "generation": "INTEGER NOT NULL", "attempts": "INTEGER NOT NULL",
         "refused": "INTEGER NOT NULL", "asked": "INTEGER NOT NULL", "reason": "TEXT NOT NULL",
         "window_boot": "TEXT NOT NULL", "window_at": "REAL NOT NULL", "replaced_by": "TEXT",
         "actor": "TEXT NOT NULL"},
        key=("id",), unique=(("source", "source_ref", "side"), ("number",)),
        where_unique={"source,source_ref,side": "replaced_by IS NULL"},
        indexes=(("state", "id"), ("total", "id"),
                 ("amount", "id"), ("order_no",), ("issued_at", "id"), ("created_at",)),
        checks=("amount + tax = total", "side IN ('blue','red')", "kind IN ('special','ordinary')"),
        lookups=("serial", "number"),
        changing=(
            ("state", "version", "attempts", "refused", "asked", "reason", "window_boot", "window_at"),
            ("number", "issued_at"), ("serial", "generation"), ("replaced_by",),
        ),
    )  # fmt: skip
    schema.company_table(
        "idempotency",
        {"principal": "TEXT NOT NULL", "key": "TEXT NOT NULL", "fingerprint": "BLOB NOT NULL",
         "document": "TEXT NOT NULL", "at": "TEXT NOT NULL"},
        key=("principal", "key"),
    )  # fmt: skip


def _work(schema: Schema) -> None:
    schema.company_table(
        "task",
        {"id": "TEXT NOT NULL", "kind": "TEXT NOT NULL", "ref": "TEXT NOT NULL", "body": "TEXT NOT NULL",
         "due": "REAL NOT NULL", "lease_owner": "TEXT NOT NULL", "lease_until": "REAL NOT NULL",
         "tries": "INTEGER NOT NULL", "last_error": "TEXT NOT NULL", "state": "TEXT NOT NULL"},
        key=("id",), unique=(("kind", "ref"),), where_unique={"kind,ref": "state <> 'dead'"},
        checks=("state IN ('ready','leased','dead')",), lookups=("state, due",),
    )  # fmt: skip
    schema.company_table(
        "inbox", {"origin": "TEXT NOT NULL", "event": "TEXT NOT NULL", "at": "TEXT NOT NULL"},
        key=("origin", "event"), small=True,
    )  # fmt: skip
