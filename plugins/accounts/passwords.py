"""What a password must be, and how strong one looks."""

from __future__ import annotations

import math

from core.api import Fault, house, lazy
from plugins.accounts import credentials
from plugins.accounts.rules import fault

_COMMON = frozenset({
    "0000000000", "0123456789", "1111111111", "1234567890", "1234567890-=", "1234567890a",
    "12345678910", "123456789a", "123456789q", "1314520520", "147258369a", "1q2w3e4r5t", "1qaz2wsx3edc",
    "5201314520", "6666666666", "7758521775", "888888888", "8888888888", "9876543210", "a123456789",
    "aa123456789", "abc1234567", "abcd123456", "abcdefg123", "abcdefghij", "admin12345", "admin123456",
    "administrator", "asdfghjkl123", "caiwu123456", "changeme123", "fapiao1234", "fapiao123456",
    "iloveyou123", "kaipiao1234", "letmein1234", "li123456789", "p@ssw0rd123", "passw0rd123",
    "password12", "password123", "password1234", "q1w2e3r4t5", "qq123456789", "qwerty12345",
    "qwertyuiop", "secret12345", "shuiwu12345", "sunshine123", "superman123", "wang123456",
    "welcome123", "welcome1234", "woaini1314", "woaini520", "woaini5201314", "zhang123456", "zxcvbnm123",
})  # fmt: skip
"""Passwords that guessers try first (of the lists made from leaks), at least as long as we ask for."""

MOST = 128
"""Characters at most: Flask-Security's own limit."""

WORDS = (lazy("弱"), lazy("一般"), lazy("较强"), lazy("很强"))


def faults(password: str, again: str, *own: str) -> list[Fault]:
    """What is wrong with a new password; `own` is what others know of the person."""
    least = house().settings.number("accounts.password_length")
    if len(password) > MOST:
        return [fault("ACCOUNTS-PASSWORD-02", "password", n=MOST)]
    if credentials.is_too_short(password):
        return [fault("ACCOUNTS-PASSWORD-01", "password", n=least)]
    if is_guessable(password, *own):
        return [fault("ACCOUNTS-PASSWORD-03", "password")]
    if password != again:
        return [fault("ACCOUNTS-PASSWORD-04", "again")]
    return []


def is_guessable(password: str, *own: str) -> bool:
    """Whether guessers would try it early: common, made of few characters, or of what is known."""
    low = password.casefold()
    known = [part for text in own for part in (text.casefold(), text.casefold().partition("@")[0])]
    parts = [part for part in known if len(part) >= 4]
    return low in _COMMON or len(set(low)) < 5 or any(part in low for part in parts)


def strength(password: str, *own: str) -> int:
    """How strong a password looks: 0 (weak) to 3 (very strong)."""
    if not password or is_guessable(password, *own):
        return 0
    pool = sum(
        size for size, holds in ((26, str.islower), (26, str.isupper), (10, str.isdigit), (3000, _is_wide))
        if any(map(holds, password))
    )  # fmt: skip
    pool += 30 if any(c.isascii() and not c.isalnum() for c in password) else 0
    # Repeated characters say little: they count half.
    bits = math.log2(max(pool, 2)) * (len(set(password)) + len(password)) / 2
    return sum(bits >= limit for limit in (45, 60, 80))


def _is_wide(character: str) -> bool:
    return not character.isascii()
