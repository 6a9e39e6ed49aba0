"""People and their memberships as stored. `Member` shows the scope's company's and the user's own rows."""

from __future__ import annotations

from typing import Any

from flask_security import UserMixin
from peewee import FloatField, IntegerField, TextField

from core.api import Table

_UserMixin: Any = UserMixin


class User(Table, _UserMixin):  # type: ignore[misc]
    """A person. Without a password he was invited and has not registered; `confirmed_at` is empty until
    the e-mail address is proved. `totp` and `recovery` hold no plain secret."""

    id = TextField(primary_key=True)
    email = TextField()
    mobile = TextField(default="")
    name = TextField(default="")
    password = TextField(null=True)
    active = IntegerField(default=1)
    fs_uniquifier = TextField()
    confirmed_at = TextField(default="")
    made_at = TextField()
    document_kind = TextField(default="")
    document_mask = TextField(default="")
    document_digest = TextField(default="")
    totp = TextField(default="")
    totp_counter = IntegerField(default=0)
    recovery = TextField(default="[]")
    roles = ()

    class Meta:
        table_name = "accounts_user"
        only_save_dirty = True


class Session(Table):
    """A sign-in of a browser; `id` is the hash of what its cookie holds, `lasts` its idle seconds."""

    id = TextField(primary_key=True)
    user = TextField()
    made_at = TextField()
    seen_at = TextField()
    lasts = IntegerField()
    address = TextField(default="")
    agent = TextField(default="")

    class Meta:
        table_name = "accounts_session"


class Mail(Table):
    """An outgoing mail; its body is wiped once it is sent, for it holds links that let in."""

    id = TextField(primary_key=True)
    made_at = TextField()
    recipient = TextField()
    subject = TextField()
    body = TextField()
    state = TextField()
    tries = IntegerField(default=0)
    boot = TextField(default="")
    due = FloatField(default=0)
    error = TextField(default="")

    class Meta:
        table_name = "accounts_mail"


class Attempt(Table):
    """How often something was tried that may be a guess; times are of the steady clock of run `boot`."""

    key = TextField(primary_key=True)
    count = IntegerField()
    boot = TextField()
    at = FloatField()
    until = FloatField()

    class Meta:
        table_name = "accounts_attempt"


class Member(Table):
    """A person's place in a company. Always ask with `company`: his own rows elsewhere show too."""

    user = TextField(primary_key=True)
    role = TextField()
    state = TextField()
    company_name = TextField()
    made_at = TextField()
    company = TextField()

    class Meta:
        table_name = "accounts_member"
