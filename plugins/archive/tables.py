"""The archive's own rows: originals, and how far the index has read the ledger."""

from __future__ import annotations

from peewee import IntegerField, TextField

from core.api import Table


class Original(Table):
    """An original file of an issued document, named by its event and its place in it.

    `month` is the bureau's, `YYYY-MM`; `verdict` is the last patrol's: sound, healed, damaged, or none yet.
    """

    id = TextField(primary_key=True)
    document = TextField()
    number = TextField()
    name = TextField()
    media_type = TextField()
    digest = TextField()
    size = IntegerField()
    month = TextField()
    at = TextField()
    checked_at = TextField()
    verdict = TextField()

    class Meta:
        table_name = "archive_original"
