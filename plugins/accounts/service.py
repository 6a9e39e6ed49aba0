"""A person's way in: registering, confirming, signing in, and getting back in without a password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.api import Fault, clock, rng, taxpayer, transaction
from plugins.accounts import credentials, identity, membership, messages, outbox, pages, passwords, sessions
from plugins.accounts import throttle as limits
from plugins.accounts.rules import fault
from plugins.accounts.tables import User

LONGEST_NAME = 100
PERSONAL = (identity.ID_CARD, identity.PASSPORT)
"""Documents that a person shows; a company shows its credit code."""


@dataclass(frozen=True, slots=True)
class Application:
    """A registration as typed, tidied. `company` and `region` are empty for a person."""

    as_company: bool
    name: str
    email: str
    mobile: str
    document_kind: str
    document: str
    company: str = ""
    region: str = ""
    password: str = ""
    again: str = ""


def read(form: Mapping[str, str]) -> Application:
    """Read the registration form."""
    as_company = form.get("as") == "company"
    kind = identity.CREDIT_CODE if as_company else form.get("document_kind", "")
    return Application(
        as_company, identity.plain(form.get("name", "")), identity.plain(form.get("email", "")),
        identity.plain(form.get("mobile", "")), kind, taxpayer.tidy(form.get("document", "").strip()),
        identity.plain(form.get("company", "")), form.get("region", ""), form.get("password", ""),
        form.get("again", ""),
    )  # fmt: skip


def faults(wanted: Application) -> list[Fault]:
    """What is wrong with a registration. Whether the address is taken is not said here: the mail says it."""
    found: list[Fault] = []  # in the order of the form: the first takes the cursor
    if wanted.as_company:
        found += company_faults(wanted.company, wanted.document, wanted.region, "document")
    found += [*name_faults(wanted.name), *mobile_faults(wanted.mobile)]
    if not identity.email_of(wanted.email):
        found.append(fault("ACCOUNTS-REGISTER-02", "email"))
    if not wanted.as_company and (
        wanted.document_kind not in PERSONAL
        or not identity.is_document(wanted.document_kind, wanted.document)
    ):
        found.append(fault("ACCOUNTS-REGISTER-04", "document"))
    known_of = (wanted.name, wanted.email, wanted.mobile, wanted.mobile.removeprefix("+86"))
    return found + passwords.faults(wanted.password, wanted.again, *known_of)


def name_faults(name: str, path: str = "name") -> list[Fault]:
    """What is wrong with a person's or company's name."""
    if name and len(name) <= LONGEST_NAME and name.isprintable():
        return []
    return [fault("ACCOUNTS-REGISTER-01", path)]


def mobile_faults(mobile: str) -> list[Fault]:
    """What is wrong with a mobile number."""
    if identity.mobile_of(mobile):
        return []
    return [fault("ACCOUNTS-REGISTER-03", "mobile")]


def region_faults(region: str) -> list[Fault]:
    """What is wrong with a region's number."""
    if region in taxpayer.REGIONS:
        return []
    return [fault("ACCOUNTS-REGISTER-05", "region")]


def company_faults(name: str, tax_id: str, region: str, tax_path: str = "tax_id") -> list[Fault]:
    """What is wrong with a company that is to be founded."""
    found = [*name_faults(name, "company"), *region_faults(region)]
    if taxpayer.judge(tax_id) == taxpayer.Verdict.WRONG:
        found.append(
            fault("ACCOUNTS-REGISTER-06", tax_path)
        )  # fmt: skip
    return found


def register(wanted: Application, invited: User | None = None) -> User | None:
    """Take a faultless registration in and send the mail that goes on with it.

    :param invited: who followed an invitation's link, which has proved his mailbox.
    :returns: the person if he may come in at once.
    """
    kept = credentials.hashed(wanted.password)
    with transaction():
        email = invited.email if invited else identity.email_of(wanted.email)
        user = User.get_or_none(User.email == email)
        if user and user.confirmed_at:
            outbox.post(email, messages.already_registered(user.name, *_ways_in()))
            return None
        user = _fill(user, email, wanted, kept)
        if wanted.as_company:
            membership.found(user, wanted.company, wanted.document, wanted.region)
        if invited is None:
            _ask_to_confirm(user)
            return None
        confirm(user)
    return user


def _fill(user: User | None, email: str, wanted: Application, kept: str) -> User:
    """The latest registration of an unproved address stands; links sent for earlier ones are void."""
    values = {
        "name": wanted.name, "mobile": identity.mobile_of(wanted.mobile), "password": kept,
        "fs_uniquifier": rng.token(32), "document_kind": wanted.document_kind,
        "document_mask": identity.masked(wanted.document),
        "document_digest": identity.digest(wanted.document),
    }  # fmt: skip
    if user is None:
        return User.create(id=rng.ulid(), email=email, made_at=clock.stamp(), **values)
    User.update(**values).where(User.id == user.id).execute()
    return User.get_by_id(user.id)


def _ways_in() -> tuple[str, str]:
    return pages.link("accounts.sign_in"), pages.link("accounts.forgot")


def _ask_to_confirm(user: User) -> None:
    token = credentials.confirmation_token(user)
    outbox.post(user.email, messages.confirmation(user.name, pages.link("accounts.confirm", token=token)))


def confirm(user: User) -> None:
    """The person's mailbox is proved."""
    with transaction():
        User.update(confirmed_at=clock.stamp()).where(User.id == user.id).execute()


def mail_wait(recipient: str, asker: str) -> int:
    """Count a mail that is asked for, by its address or person; seconds to wait where that was too often."""
    known = identity.email_of(recipient) or recipient
    return limits.admit([(limits.MAIL, known), (limits.MAIL_ADDRESS, asker)])


def resend(email: str) -> None:
    """Send the confirmation mail again, if somebody waits for one."""
    with transaction():
        user = User.get_or_none(User.email == identity.email_of(email))
        if user and user.password and not user.confirmed_at:
            _ask_to_confirm(user)


def forgot(email: str) -> None:
    """Send the mail that lets a new password be set, or one that says there is no account."""
    with transaction():
        wanted = identity.email_of(email)
        user = User.get_or_none(User.email == wanted)
        if user and user.password:
            token = credentials.reset_token(user)
            outbox.post(wanted, messages.reset(user.name, pages.link("accounts.reset", token=token)))
        elif wanted:
            outbox.post(wanted, messages.no_account())


def set_password(user: User, password: str, *, proved: bool = False, keep: str = "") -> bool:
    """Set a new password, end every sign-in (`keep` one) and void every link.

    :param proved: a link of the mailbox led here, so the address is confirmed by it.
    :returns: False where another change came first.
    """
    kept = credentials.hashed(password)
    with transaction():
        fresh = User.get_by_id(user.id)
        if fresh.fs_uniquifier != user.fs_uniquifier:
            return False
        fresh.password, fresh.fs_uniquifier = kept, rng.token(32)
        if proved and not fresh.confirmed_at:
            fresh.confirmed_at = clock.stamp()
        fresh.save()
        sessions.revoke_all(user.id, but=keep)
        outbox.post(user.email, messages.password_changed(user.name, pages.link("accounts.forgot")))
    return True


def sign_in(login: str, password: str, address: str) -> tuple[User | None, list[Fault]]:
    """Judge a name and a password. Answer and time are the same for people we do not know."""
    name = identity.login_of(login)
    user = _find(name)
    guesses = [(limits.ACCOUNT, user.id if user else name), (limits.ADDRESS, address)]
    wait = limits.admit(guesses)
    if wait:
        return None, pages.too_often(wait)
    if not credentials.matches(user, password) or user is None or identity.is_shut_out(user.email):
        return None, [fault("ACCOUNTS-SIGNIN-01", "login")]
    limits.forgive(guesses)
    if not user.confirmed_at:
        return None, [fault("ACCOUNTS-SIGNIN-02")]
    if not user.active:
        return None, [fault("ACCOUNTS-SIGNIN-03")]
    return user, []


def _find(name: str) -> User | None:
    """By address; by mobile number, which nobody has proved, the one who confirmed his account first."""
    if "@" in name:
        return User.get_or_none(User.email == name)
    if not name.startswith("+"):
        return None
    found = User.select().where((User.mobile == name) & (User.confirmed_at != ""))
    first: User | None = found.order_by(User.confirmed_at).first()
    return first


def is_password(user: User, password: str) -> tuple[bool, int]:
    """Whether it is the person's password (asked again before something grave), and seconds to wait."""
    guesses = [(limits.CODE, f"password {user.id}")]
    wait = limits.admit(guesses)
    if wait or not credentials.matches(user, password):
        return False, wait
    limits.forgive(guesses)
    return True, 0
