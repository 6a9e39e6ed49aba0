"""The module's own rows: drafts in hand, and buyers and goods learnt from what was issued."""

from __future__ import annotations

from peewee import IntegerField, TextField

from core.api import Table


class Draft(Table):
    """A form in hand, as typed. Its id is also the form's idempotency key.

    `document` names what became of it; such a row only stops a late autosave from reviving it.
    """

    id = TextField(primary_key=True)
    user = TextField()
    title = TextField()
    body = TextField()
    at = TextField()
    document = TextField()

    class Meta:
        table_name = "issuing_draft"


class Buyer(Table):
    """A buyer, as last invoiced or as edited since. `used` counts invoices, `seq` is the last event."""

    id = TextField(primary_key=True)
    name = TextField()
    tax_id = TextField()
    address = TextField()
    phone = TextField()
    bank = TextField()
    account = TextField()
    is_person = IntegerField()
    email = TextField()
    mobile = TextField()
    used = IntegerField()
    seq = IntegerField()

    class Meta:
        table_name = "issuing_buyer"


class Item(Table):
    """Goods or a service, as last invoiced. `price` is text as entered, with tax where `inclusive`."""

    id = TextField(primary_key=True)
    name = TextField()
    code = TextField()
    short_name = TextField()
    spec = TextField()
    unit = TextField()
    rate = TextField()
    price = TextField()
    inclusive = IntegerField()
    used = IntegerField()
    seq = IntegerField()

    class Meta:
        table_name = "issuing_item"
