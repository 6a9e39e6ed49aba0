"""What a restore leaves to be settled, and what the bureau has that the house does not."""

from core.schema import Schema


def up(schema: Schema) -> None:
    schema.global_table(
        "reopening",
        {"epoch": "INTEGER NOT NULL", "since": "TEXT NOT NULL", "begun_at": "TEXT NOT NULL",
         "boot": "TEXT NOT NULL", "at": "REAL NOT NULL", "opened_at": "TEXT NOT NULL"},
        key=("epoch",), reason="one row per restore of this installation",
    )  # fmt: skip
    schema.company_table(
        "stray",
        {"number": "TEXT NOT NULL", "channel": "TEXT NOT NULL", "serial": "TEXT NOT NULL",
         "issued_at": "TEXT NOT NULL", "buyer_name": "TEXT NOT NULL", "total": "INTEGER NOT NULL",
         "found_at": "TEXT NOT NULL", "state": "TEXT NOT NULL", "note": "TEXT NOT NULL"},
        key=("number",), indexes=(("state", "number"), ("serial",)),
        checks=("state IN ('open','matched','settled')",), changing=(("state", "note"),),
    )  # fmt: skip
