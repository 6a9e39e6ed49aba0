"""What a company says of itself on its invoices; its name and tax id are core's."""

from core.api import Schema


def up(schema: Schema) -> None:
    schema.company_table(
        "companies_profile",
        {"kind": "TEXT NOT NULL", "address": "TEXT NOT NULL", "phone": "TEXT NOT NULL",
         "bank": "TEXT NOT NULL", "account": "TEXT NOT NULL", "drawer": "TEXT NOT NULL",
         "email": "TEXT NOT NULL",
         "changed_at": "TEXT NOT NULL", "version": "INTEGER NOT NULL"},
        key=(), checks=("kind IN ('general','small')",),
    )  # fmt: skip
