"""The module's own rows: checks and what they found."""

from __future__ import annotations

from peewee import IntegerField, TextField

from core.api import Table


class Checked(Table):
    """One check. `findings` is JSON; `seen_at` is when the verdict was last formed, UTC."""

    id = TextField(primary_key=True)
    at = TextField()
    actor = TextField()
    number = TextField()
    day = TextField()
    total = IntegerField()
    qr = TextField()
    verdict = TextField()
    document = TextField()
    findings = TextField()
    seen_at = TextField()

    class Meta:
        table_name = "verify_check"
