"""People, their sessions, mails and wrong guesses; memberships of companies."""

from core.api import Schema

ROLES = "role IN ('owner','admin','finance','sales','viewer','support')"


def up(schema: Schema) -> None:
    schema.global_table(
        "accounts_user",
        {"id": "TEXT NOT NULL", "email": "TEXT NOT NULL", "mobile": "TEXT NOT NULL", "name": "TEXT NOT NULL",
         "password": "TEXT", "active": "INTEGER NOT NULL", "fs_uniquifier": "TEXT NOT NULL",
         "confirmed_at": "TEXT NOT NULL", "made_at": "TEXT NOT NULL", "document_kind": "TEXT NOT NULL",
         "document_mask": "TEXT NOT NULL", "document_digest": "TEXT NOT NULL", "totp": "TEXT NOT NULL",
         "totp_counter": "INTEGER NOT NULL", "recovery": "TEXT NOT NULL"},
        key=("id",), unique=(("email",), ("fs_uniquifier",)), indexes=(("mobile",),),
        checks=("active IN (0, 1)",),
        reason="a person signs in before a company is chosen, and may belong to several",
    )  # fmt: skip
    schema.global_table(
        "accounts_session",
        {"id": "TEXT NOT NULL", "user": "TEXT NOT NULL", "made_at": "TEXT NOT NULL",
         "seen_at": "TEXT NOT NULL", "lasts": "INTEGER NOT NULL", "address": "TEXT NOT NULL",
         "agent": "TEXT NOT NULL"},
        key=("id",), indexes=(("user",), ("seen_at",)),
        reason="read at the start of each request, when neither user nor company is known yet",
    )  # fmt: skip
    schema.global_table(
        "accounts_mail",
        {"id": "TEXT NOT NULL", "made_at": "TEXT NOT NULL", "recipient": "TEXT NOT NULL",
         "subject": "TEXT NOT NULL", "body": "TEXT NOT NULL", "state": "TEXT NOT NULL",
         "tries": "INTEGER NOT NULL", "boot": "TEXT NOT NULL", "due": "REAL NOT NULL",
         "error": "TEXT NOT NULL"},
        key=("id",), indexes=(("state", "id"),), checks=("state IN ('queued','sent','failed','kept')",),
        reason="mail to people who belong to no company yet",
    )  # fmt: skip
    schema.global_table(
        "accounts_attempt",
        {"key": "TEXT NOT NULL", "count": "INTEGER NOT NULL", "boot": "TEXT NOT NULL", "at": "REAL NOT NULL",
         "until": "REAL NOT NULL"},
        key=("key",), reason="counts tries of strangers, of whom no company is known",
    )  # fmt: skip
    schema.company_table(
        "accounts_member",
        {"user": "TEXT NOT NULL", "role": "TEXT NOT NULL", "state": "TEXT NOT NULL",
         "company_name": "TEXT NOT NULL", "made_at": "TEXT NOT NULL"},
        key=("user",), checks=(ROLES, "state IN ('active','invited','suspended')"), also_user="user",
    )  # fmt: skip
