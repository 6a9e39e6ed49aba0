"""Drafts, and what the company's earlier invoices taught: its buyers and its goods."""

from core.api import Schema


def up(schema: Schema) -> None:
    schema.company_table(
        "issuing_draft",
        {"id": "TEXT NOT NULL", "user": "TEXT NOT NULL", "title": "TEXT NOT NULL", "body": "TEXT NOT NULL",
         "at": "TEXT NOT NULL", "document": "TEXT NOT NULL"},
        key=("id",), indexes=(("user", "at"),),
    )  # fmt: skip
    schema.company_table(
        "issuing_buyer",
        {"id": "TEXT NOT NULL", "name": "TEXT NOT NULL", "tax_id": "TEXT NOT NULL",
         "address": "TEXT NOT NULL", "phone": "TEXT NOT NULL", "bank": "TEXT NOT NULL",
         "account": "TEXT NOT NULL", "is_person": "INTEGER NOT NULL", "email": "TEXT NOT NULL",
         "mobile": "TEXT NOT NULL",
         "used": "INTEGER NOT NULL", "seq": "INTEGER NOT NULL"},
        key=("id",), unique=(("name", "tax_id"),), indexes=(("tax_id",), ("used",)),
        checks=("name <> ''", "is_person IN (0, 1)"),
    )  # fmt: skip
    schema.company_table(
        "issuing_item",
        {"id": "TEXT NOT NULL", "name": "TEXT NOT NULL", "code": "TEXT NOT NULL",
         "short_name": "TEXT NOT NULL", "spec": "TEXT NOT NULL", "unit": "TEXT NOT NULL",
         "rate": "TEXT NOT NULL", "price": "TEXT NOT NULL",
         "inclusive": "INTEGER NOT NULL", "used": "INTEGER NOT NULL", "seq": "INTEGER NOT NULL"},
        key=("id",), unique=(("name", "spec", "inclusive"),), indexes=(("used",),),
        checks=("name <> ''", "inclusive IN (0, 1)"),
    )  # fmt: skip
