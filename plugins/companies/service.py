"""The seller's particulars: read, judged, changed with their history, and put on every draft."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from core.api import (
    Actor,
    Event,
    Fault,
    Invoice,
    Party,
    clock,
    execute,
    ledger,
    rename_company,
    rows,
    scope,
    taxpayer,
    transaction,
)
from plugins.companies.rules import KINDS, fault

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_DIGITS = re.compile(r"[0-9 \-]{6,40}")
_PHONE = re.compile(r"[0-9()+ \-]{5,30}")
_LONGEST = {"name": 100, "address": 200, "bank": 100, "drawer": 50, "email": 200, "account": 40, "phone": 30}
"""Characters that a printed invoice has room for."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A company as its invoices name it. `kind` is the taxpayer's: `general` or `small`.

    :ivar drawer: who draws invoices (开票人) unless a draft says otherwise; empty: who asks for it.
    :ivar version: counts the changes, so that two people do not overwrite each other.
    """

    name: str
    tax_id: str
    region: str
    kind: str = "general"
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""
    drawer: str = ""
    email: str = ""
    version: int = 0

    @property
    def seller(self) -> Party:
        """As the seller of an invoice."""
        return Party(self.name, self.tax_id, self.address, self.phone, self.bank, self.account)


def profile() -> Profile:
    """The scope's company's particulars; what was never entered is empty."""
    name, tax_id, region = rows("SELECT name, tax_id, region FROM company")[0]
    found = rows("SELECT kind, address, phone, bank, account, drawer, email, version FROM companies_profile")
    return Profile(name, tax_id, region, *found[0]) if found else Profile(name, tax_id, region)


def read(form: Mapping[str, str]) -> Profile:
    """Read the form, tidied. A version that is no number counts as none."""
    values = {
        field.name: unicodedata.normalize("NFKC", form.get(field.name, "")).strip()
        for field in fields(Profile) if field.name not in ("version", "name", "address", "bank")
    }  # fmt: skip
    # Names and addresses keep their full-width brackets: they are printed as registered.
    values |= {name: form.get(name, "").strip() for name in ("name", "address", "bank")}
    values["tax_id"] = taxpayer.tidy(values["tax_id"])
    version = form.get("version", "")
    return Profile(**values, version=int(version) if re.fullmatch("[0-9]{1,15}", version) else -1)


def judge(wanted: Profile) -> list[Fault]:
    """What is wrong with the particulars, and what is only worth a second look."""
    found = [
        fault("COMPANIES-PROFILE-01", name, most=most)
        for name, most in _LONGEST.items() if not _fits(getattr(wanted, name), most)
    ]  # fmt: skip
    verdict = taxpayer.judge(wanted.tax_id)
    checks = (
        ("COMPANIES-PROFILE-02", "name", not wanted.name),
        ("COMPANIES-PROFILE-03", "tax_id", verdict == taxpayer.Verdict.WRONG),
        ("COMPANIES-PROFILE-04", "tax_id", verdict == taxpayer.Verdict.LEGACY),
        ("COMPANIES-PROFILE-05", "region", wanted.region not in taxpayer.REGIONS),
        ("COMPANIES-PROFILE-06", "kind", wanted.kind not in KINDS),
        ("COMPANIES-PROFILE-07", "phone", bool(wanted.phone) and not _PHONE.fullmatch(wanted.phone)),
        ("COMPANIES-PROFILE-08", "account", bool(wanted.account) and not _DIGITS.fullmatch(wanted.account)),
        ("COMPANIES-PROFILE-09", "account", bool(wanted.bank) != bool(wanted.account)),
        ("COMPANIES-PROFILE-10", "email", bool(wanted.email) and not _EMAIL.fullmatch(wanted.email)),
    )
    taken = {one.path for one in found}
    return found + [fault(code, path) for code, path, broken in checks if broken and path not in taken]


def _fits(text: str, most: int) -> bool:
    return len(text) <= most and text.isprintable()


def change(wanted: Profile, by: Actor) -> list[Fault]:
    """Change the particulars to faultless ones; nothing happens where nothing differs.

    :returns: a fault where somebody else changed them first.
    """
    with transaction():
        now = profile()
        if now.version != wanted.version:
            return [fault("COMPANIES-PROFILE-11")]
        before, after = asdict(now), asdict(wanted)
        changed = [name for name in before if before[name] != after[name]]
        if not changed:
            return []
        rename_company(wanted.name, wanted.tax_id, wanted.region)
        _keep(wanted)
        body = {
            "before": {n: before[n] for n in changed},
            "after": {n: after[n] for n in changed},
            "by": by.name,
        }
        ledger.append("company-changed", scope().company, body, by.label)
    return []


def _keep(wanted: Profile) -> None:
    execute("DELETE FROM companies_profile")
    execute(
        "INSERT INTO companies_profile (kind, address, phone, bank, account, drawer, email,"
        " changed_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        wanted.kind, wanted.address, wanted.phone, wanted.bank, wanted.account, wanted.drawer, wanted.email,
        clock.stamp(), wanted.version + 1,
    )  # fmt: skip


def history() -> list[Event]:
    """What was changed when, the newest first, down to the founding."""
    told = ledger.events_about(scope().company)
    return [event for event in reversed(told) if event.kind in ("company-changed", "company-created")]


def prepare(draft: Invoice, actor: Actor) -> Invoice:
    """Put the company on a draft as its seller, whatever the draft says: nobody issues for another one."""
    own = profile()
    drawer = draft.drawer or own.drawer or actor.name
    return replace(draft, seller=own.seller, drawer=drawer, extra={**draft.extra, "taxpayer_kind": own.kind})
