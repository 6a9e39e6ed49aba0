"""Who may do what, written down a second time by hand: the product is compared with this, not with itself.

A new view fails until it stands here; so does a field that is read and that nobody told whether it names
a thing of a company.
"""

from __future__ import annotations

PUBLIC, SIGNED_IN = "public", "signed-in"

_ALL = {"owner", "admin", "finance", "sales", "viewer", "support"}
ROLES_OF: dict[str, set[str]] = {
    "accounts.members": {"owner", "admin"},
    "archive.read": _ALL,
    "bureau.faults": {"owner", "admin"},
    "companies.edit": {"owner", "admin"},
    "companies.view": _ALL,
    "differences.settle": {"owner", "admin", "finance"},
    "issuing.decide": {"owner", "admin", "finance"},
    "issuing.issue": {"owner", "admin", "finance", "sales"},
    "issuing.view": _ALL,
    "ledger.read": {"owner", "admin", "finance", "viewer"},
    "modules.switch": {"owner", "admin"},
    "templates.view": {"owner", "admin", "finance"},
    "verify.check": _ALL,
}
"""The roles of each permission."""

_VIEWS = {
    PUBLIC: """
        accounts.apply accounts.apply_invited accounts.ask_sign_out accounts.check_mail accounts.confirm
        accounts.confirm_now accounts.enter accounts.forgot accounts.join accounts.mailbox
        accounts.pass_second accounts.register accounts.resend accounts.reset accounts.reset_now
        accounts.second accounts.send_again accounts.send_reset accounts.sign_in accounts.sign_out
        accounts.static accounts.strength archive.static bureau.callback bureau.static issuing.static
        shell.healthz shell.readyz shell.switch_language static verify.public verify.public_json""",
    SIGNED_IN: """
        accounts.answer accounts.arrive accounts.change_me accounts.change_password accounts.enrol
        accounts.enrol_now accounts.found_company accounts.list_sessions accounts.new_company
        accounts.renew_codes accounts.revoke_session accounts.revoke_sessions accounts.security
        accounts.show_me accounts.show_password accounts.start accounts.switch_off shell.home
        shell.switch_company""",
    "accounts.members": """
        accounts.change_role accounts.invite accounts.list_members accounts.remind accounts.remove
        accounts.resume accounts.suspend""",
    "archive.read": "archive.download archive.index archive.record archive.search",
    "bureau.faults": "bureau.change bureau.preset bureau.show",
    "companies.edit": "companies.edit companies.save",
    "companies.view": "companies.show",
    "differences.settle": "shell.settle_difference",
    "issuing.decide": "issuing.ask issuing.requeue issuing.withdraw",
    "issuing.issue": """
        issuing.delete_buyer issuing.delete_draft issuing.edit_buyer issuing.list_drafts
        issuing.lookup_buyers issuing.lookup_goods issuing.new issuing.preview issuing.save_buyer
        issuing.submit""",
    "issuing.view": """
        issuing.buyers issuing.index issuing.original issuing.panel issuing.pdf issuing.rows issuing.show""",
    "ledger.read": "shell.differences shell.receipt",
    "modules.switch": "shell.modules shell.switch_module",
    "templates.view": "templates.index templates.sample_pdf",
    "verify.check": "verify.check verify.index verify.show verify.upload",
}
POLICIES = {view: policy for policy, views in _VIEWS.items() for view in views.split()}
"""The policy of each view."""

PATH_IDS = {
    "accounts.answer": {"company": "company"},
    "accounts.change_role": {"user": "user"},
    "accounts.remind": {"user": "user"},
    "accounts.remove": {"user": "user"},
    "accounts.resume": {"user": "user"},
    "accounts.suspend": {"user": "user"},
    "accounts.revoke_session": {"name": "session"},
    "archive.download": {"id": "original"},
    "archive.record": {"id": "document"},
    "issuing.ask": {"id": "document"},
    "issuing.delete_buyer": {"id": "buyer"},
    "issuing.delete_draft": {"key": "draft"},
    "issuing.original": {"id": "document"},
    "issuing.pdf": {"id": "document"},
    "issuing.requeue": {"id": "document"},
    "issuing.show": {"id": "document"},
    "issuing.withdraw": {"id": "document"},
    "shell.settle_difference": {"number": "stray"},
    "verify.show": {"id": "check"},
}
"""Parameters of paths that name a thing of a company, and what kind of thing."""

FIELD_IDS = {
    "issuing.new": {"draft": "draft", "copy": "document", "again": "document"},
    "issuing.index": {"before": "document"},
    "issuing.rows": {"ids": "document"},
    "issuing.edit_buyer": {"id": "buyer"},
    "issuing.save_buyer": {"id": "buyer"},
    "issuing.submit": {"key": "draft", "again": "document", "do": "buyer"},
    "issuing.preview": {"key": "draft", "again": "document"},
    "issuing.buyers": {"after": "buyer"},
    "archive.index": {"after": "original"},
    "archive.search": {"after": "document", "q": "document"},
    "verify.index": {"after": "check"},
    "shell.switch_company": {"company": "company"},
}
"""Fields of queries and forms that name a thing of a company."""

_PLAIN = """
    again answer as buyer.name buyer.tax_id code company confirm current day document document_kind done email
    enabled inclusive locale login mobile month name next note number part password q qr region reset role
    size stay sure tab tax_id tick total version
"""
PLAIN_FIELDS = set(_PLAIN.split())
"""Every other field that a view reads: it names nothing of a company."""

OTHER_VALUES: dict[str, object] = {
    "key": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "seq": 2, "number": 0, "index": 0, "name": "issuing",
    "token": "no-such-token", "filename": "x.css",
}  # fmt: skip
NAMES = {"issuing.panel": "latest", "templates.sample_pdf": "special"}
"""Values for the rest of the paths' parameters."""

OWN_REFUSALS = {"accounts.change_role", "accounts.invite", "accounts.remove", "accounts.resume",
                "accounts.suspend", "shell.switch_module"}  # fmt: skip
"""Views that answer 403 by a rule of their own to somebody who may use them: only owners make owners."""

SIGNING_OUT = {"accounts.sign_out", "accounts.revoke_sessions"}
