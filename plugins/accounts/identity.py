"""How people are told apart: e-mail addresses, mobile numbers and identity documents, in one form each."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from datetime import datetime

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from core.api import clock, house, lazy, taxpayer

ID_CARD, CREDIT_CODE, PASSPORT = "id-card", "credit-code", "passport"

DOCUMENTS = {ID_CARD: lazy("居民身份证"), PASSPORT: lazy("护照"), CREDIT_CODE: lazy("统一社会信用代码")}
"""Kinds of identity document: a person shows one of the first two, a company its credit code."""

DEMO_DOMAIN = "@demo.fapiao"
"""Of the demo's people, whose password stands in the manual."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PASSPORT = re.compile(r"[A-Z0-9]{6,12}")


def plain(text: str) -> str:
    """Without full-width forms and outer spaces, so that look-alikes of one text are one text."""
    return unicodedata.normalize("NFKC", text).strip()


def email_of(text: str) -> str:
    """The one form of an e-mail address; empty if it is none.

    ASCII before the @ and punycode behind it: no address looks like another one.
    """
    try:
        found = validate_email(plain(text), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return f"{found.local_part}@{found.ascii_domain}".casefold()


def mobile_of(text: str) -> str:
    """The one form of a mobile number of China (`+8613800138000`); empty if it is none."""
    try:
        number = phonenumbers.parse(plain(text), "CN")
    except phonenumbers.NumberParseException:
        return ""
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if number.country_code != 86 or phonenumbers.number_type(number) not in kinds:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def login_of(text: str) -> str:
    """What somebody signs in by, in its one form; text that is neither address nor number stays as it is."""
    return email_of(text) or mobile_of(text) or plain(text).casefold()[:200]


def is_shut_out(email: str) -> bool:
    """Whether it is one of the demo's people and this is no demo: the data may have been one before."""
    return email.endswith(DEMO_DOMAIN) and not house().demo


def is_document(kind: str, number: str) -> bool:
    """Whether a tidied number can be of that kind of document."""
    if kind == ID_CARD:
        return _is_id_card(number)
    if kind == CREDIT_CODE:
        return taxpayer.judge(number) != taxpayer.Verdict.WRONG
    return kind == PASSPORT and _PASSPORT.fullmatch(number) is not None


def _is_id_card(number: str) -> bool:
    """GB 11643-1999: region, date of birth, sequence, check character."""
    if len(number) != 18 or not (number.isascii() and number[:17].isdigit()):
        return False
    try:
        born = datetime.strptime(number[6:14], "%Y%m%d").date()
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return born.year >= 1900 and born <= clock.today() and number[17] == "10X98765432"[total % 11]


def masked(number: str) -> str:
    """What may be shown of a document's number: both ends."""
    head, tail = (3, 4) if len(number) >= 15 else (2, 2)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def digest(number: str) -> str:
    """What is kept to recognise a document's number: keyed, for the numbers could all be tried."""
    return hmac.new(house().secret("accounts.documents"), number.encode(), hashlib.sha256).hexdigest()
