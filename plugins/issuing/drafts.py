"""Forms in hand: kept at every change, one user's own, gone once their invoice is asked for."""

from __future__ import annotations

from datetime import timedelta

from core.api import clock, errors, rng, scope, transaction
from plugins.issuing import sheet
from plugins.issuing.sheet import Sheet
from plugins.issuing.tables import Draft

MOST = 200
"""Drafts shown and kept per user."""


def new_key() -> str:
    """A fresh name for a form."""
    return rng.ulid()


def is_anothers(key: str) -> bool:
    """Whether a colleague's form bears that name."""
    return Draft.get_or_none(Draft.id == key, Draft.user != scope().user) is not None


def keep(form: Sheet) -> None:
    """Store the form as it stands, unless there is nothing in it or its invoice was asked for already."""
    if form.is_blank:
        return
    with transaction():
        found = _mine(form.key)
        if found is None:
            Draft.create(id=form.key, user=scope().user, title=form.title, body=form.dump(), at=clock.stamp(),
                         document="")  # fmt: skip
        elif not found.document:
            found.title, found.body, found.at = form.title, form.dump(), clock.stamp()
            found.save(only=[Draft.title, Draft.body, Draft.at])


def finish(form: Sheet, document: str) -> None:
    """Drop a draft whose invoice was asked for.

    Its name stays a day: an autosave that arrives late must not bring it back.
    """
    yesterday = (clock.now() - timedelta(days=1)).isoformat(timespec="milliseconds")
    with transaction():
        Draft.delete().where((Draft.document != "") & (Draft.at < yesterday)).execute()
        Draft.delete().where(Draft.id == form.key, Draft.user == scope().user).execute()
        Draft.create(id=form.key, user=scope().user, title="", body="{}", at=clock.stamp(), document=document)


def drop(key: str) -> None:
    """Delete a draft by hand.

    :raise NotFound: no such draft of this user.
    """
    with transaction():
        if _mine(key) is None:
            raise errors.NotFound("没有这份草稿")
        Draft.delete().where(Draft.id == key, Draft.user == scope().user).execute()


def open_draft(key: str) -> Sheet:
    """The form of a draft.

    :raise NotFound: no such draft of this user, or its invoice was asked for.
    """
    found = _mine(key)
    if found is None or found.document:
        raise errors.NotFound("没有这份草稿")
    return sheet.load(key, found.body)


def document_of(key: str) -> str:
    """The document a form became; empty while it is none."""
    found = _mine(key)
    return str(found.document) if found else ""


def mine() -> list[Draft]:
    """This user's drafts, the last touched first."""
    found = Draft.select().where(Draft.user == scope().user, Draft.document == "")
    return list(found.order_by(Draft.at.desc()).limit(MOST))


def _mine(key: str) -> Draft | None:
    found: Draft | None = Draft.get_or_none(Draft.id == key, Draft.user == scope().user)
    return found
