"""Background work of the whole installation: sending mail, and forgetting what is old."""

from __future__ import annotations

from datetime import timedelta

from core.api import Job, Task, clock, lazy
from plugins.accounts import outbox, sessions, throttle

MAIL_DAYS = 30


def jobs() -> list[Job]:
    """Our jobs; none belongs to a company."""
    return [
        Job("accounts.mail", _send, lazy("发送账号邮件"), every=2.0, site=True),
        Job("accounts.sweep", _sweep, lazy("清理过期登录"), every=3600.0, site=True),
    ]


def _send(_: Task) -> None:
    outbox.send_due()


def _sweep(_: Task) -> None:
    sessions.sweep()
    throttle.sweep()
    oldest = clock.now() - timedelta(days=MAIL_DAYS)
    outbox.sweep(oldest.isoformat(timespec="milliseconds"))
