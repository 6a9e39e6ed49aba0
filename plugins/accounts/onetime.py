"""The second step of a sign-in: one-time codes of an authenticator app, and recovery codes on paper."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
from typing import Any

import qrcode
import qrcode.image.svg
from flask_security import Totp

from core.api import clock, house, rng, transaction
from plugins.accounts.tables import User

CODES = 10
_WINDOW_SECONDS = 30
"""A code of the neighbouring half minutes is taken: phones' clocks are a little off."""


class _Codes(Totp):
    """Flask-Security's factory by our clock; a code is good once."""

    def __init__(self) -> None:
        super().__init__({1: house().secret("accounts.totp").decode()}, "Fapiao")
        self._totp = self._totp.using(now=lambda: clock.now().timestamp())

    def get_last_counter(self, user: Any) -> int | None:
        return user.totp_counter or None

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        user.totp_counter = tmatch.counter
        user.save()


def new_secret() -> str:
    """A secret for an authenticator app, encrypted for keeping."""
    return str(_Codes().generate_totp_secret())


def key_of(secret: str) -> str:
    """The secret as people type it into an app that cannot scan."""
    return str(_Codes().get_totp_pretty_key(secret))


def picture(email: str, secret: str) -> str:
    """The QR code an app scans, as a `data:` address (black on white in any theme)."""
    image = qrcode.make(
        _Codes().get_totp_uri(email, secret), image_factory=qrcode.image.svg.SvgFillImage, border=3
    )
    drawn = io.BytesIO()
    image.save(drawn)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode('ascii')}"


def is_code(user: User, code: str, secret: str = "") -> bool:
    """Whether a code is right now and was not used before; `secret` is one not yet kept."""
    digits = "".join(c for c in code if c.isdigit())
    with transaction():
        fresh: User = User.get_by_id(user.id)
        return len(digits) == 6 and _Codes().verify_totp(digits, secret or fresh.totp, fresh, _WINDOW_SECONDS)


def take_recovery_code(user: User, code: str) -> bool:
    """Whether it is one of the person's recovery codes; it is used up by that."""
    with transaction():
        fresh: User = User.get_by_id(user.id)
        kept = json.loads(fresh.recovery)
        wanted = _digest(code)
        if wanted not in kept:
            return False
        fresh.recovery = json.dumps([digest for digest in kept if digest != wanted])
        fresh.save()
    return True


def enrol(user: User, secret: str) -> list[str]:
    """Ask for a code from now on; the answer is the only time the recovery codes are seen."""
    with transaction():
        fresh: User = User.get_by_id(user.id)
        fresh.totp = secret
        fresh.save()
        return renew_codes(fresh)


def renew_codes(user: User) -> list[str]:
    """Replace the recovery codes; only hashes are kept."""
    codes = [f"{text[:5]}-{text[5:10]}-{text[10:]}" for text in (rng.token(8) for _ in range(CODES))]
    with transaction():
        fresh: User = User.get_by_id(user.id)
        fresh.recovery = json.dumps([_digest(code) for code in codes])
        fresh.save()
    return codes


def codes_left(user: User) -> int:
    """How many recovery codes are not used up."""
    return len(json.loads(user.recovery))


def switch_off(user: User) -> None:
    """Ask for no second step any more."""
    with transaction():
        User.update(totp="", totp_counter=0, recovery="[]").where(User.id == user.id).execute()


def _digest(code: str) -> str:
    tidy = "".join(c for c in code.casefold() if c.isalnum())
    return hmac.new(house().secret("accounts.recovery"), tidy.encode(), hashlib.sha256).hexdigest()
