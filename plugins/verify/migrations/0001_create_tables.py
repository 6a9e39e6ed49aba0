"""What was checked, and what was found."""

from core.api import Schema


def up(schema: Schema) -> None:
    schema.company_table(
        "verify_check",
        {
            "id": "TEXT NOT NULL",
            "at": "TEXT NOT NULL",
            "actor": "TEXT NOT NULL",
            "number": "TEXT NOT NULL",
            "day": "TEXT NOT NULL",
            "total": "INTEGER NOT NULL",
            "qr": "TEXT NOT NULL",
            "verdict": "TEXT NOT NULL",
            "document": "TEXT NOT NULL",
            "findings": "TEXT NOT NULL",
            "seen_at": "TEXT NOT NULL",
        },
        key=("id",),
        indexes=(("number",),),
        checks=("verdict IN ('agrees', 'differs', 'missing', 'refused', 'unknown')",),
    )
