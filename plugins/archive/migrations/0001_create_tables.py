"""Originals and the search index."""

from core.api import Schema


def up(schema: Schema) -> None:
    schema.company_table(
        "archive_original",
        {"id": "TEXT NOT NULL", "document": "TEXT NOT NULL", "number": "TEXT NOT NULL",
         "name": "TEXT NOT NULL", "media_type": "TEXT NOT NULL", "digest": "TEXT NOT NULL",
         "size": "INTEGER NOT NULL",
         "month": "TEXT NOT NULL", "at": "TEXT NOT NULL", "checked_at": "TEXT NOT NULL",
         "verdict": "TEXT NOT NULL"},
        key=("id",), indexes=(("document",), ("month", "id"), ("checked_at", "id")),
        checks=("size >= 0", "length(digest) = 64", "verdict IN ('', 'sound', 'healed', 'damaged')"),
    )  # fmt: skip
    schema.search_table("archive_search")
