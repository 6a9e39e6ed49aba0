"""Mail on its way: kept with what it tells of, sent by a job, tried again, and readable in the demo."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from core.api import clock, house, net, rng, transaction
from plugins.accounts.messages import Letter
from plugins.accounts.tables import Mail

PAUSES = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0)
"""Seconds before each further try; a mail that fails once more has failed for good."""

_BATCH = 10


def post(recipient: str, letter: Letter) -> None:
    """Have a letter sent, once this transaction is durable. Without a mail server, and in the demo, it
    stays here."""
    with transaction():
        Mail.create(
            id=rng.ulid(), made_at=clock.stamp(), recipient=recipient,
            subject=letter.subject, body=letter.body, state="queued" if sends() else "kept",
        )  # fmt: skip


def sends() -> bool:
    """Whether mail leaves this machine."""
    return bool(house().settings.text("accounts.smtp_host")) and not house().demo


def send_due() -> None:
    """Send what is due; the server's refusal leaves a mail for later."""
    if not sends():
        return
    waiting = Mail.select().where(Mail.state == "queued").order_by(Mail.id)
    due = [mail for mail in waiting if mail.boot != clock.boot() or mail.due <= clock.steady()]
    for mail in due[:_BATCH]:
        try:
            net.send_mail(_server(), _message(mail))
        except (net.NotConnected, net.NoAnswer) as error:
            _postpone(mail, str(error))
        else:
            with transaction():
                Mail.update(state="sent", body="", error="").where(Mail.id == mail.id).execute()


def _postpone(mail: Mail, error: str) -> None:
    with transaction():
        if mail.tries >= len(PAUSES):
            Mail.update(state="failed", body="", error=error[:300]).where(Mail.id == mail.id).execute()
            return
        Mail.update(
            tries=mail.tries + 1,
            boot=clock.boot(),
            due=clock.steady() + PAUSES[mail.tries],
            error=error[:300],
        ).where(Mail.id == mail.id).execute()


def _message(mail: Mail) -> EmailMessage:
    sender = house().settings.text("accounts.smtp_from")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Fapiao <{sender}>", mail.recipient, mail.subject
    message["Date"] = formatdate(clock.now().timestamp())
    message["Message-ID"] = make_msgid(mail.id, sender.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _server() -> net.MailServer:
    options = house().settings
    return net.MailServer(
        options.text("accounts.smtp_host"), options.number("accounts.smtp_port"),
        options.text("accounts.smtp_user"), options.text("accounts.smtp_password"),
        options.text("accounts.smtp_security"),
    )  # fmt: skip


def letters(limit: int = 50) -> list[Mail]:
    """The newest mails, newest first."""
    return list(Mail.select().order_by(Mail.id.desc()).limit(limit))


def sweep(oldest: str) -> None:
    """Remove mails made before a moment."""
    with transaction():
        Mail.delete().where(Mail.made_at < oldest).execute()
