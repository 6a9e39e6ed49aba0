"""Mail leaves by a real SMTP server, is tried again, and keeps no secret once it is gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from core import db
from core.app import create_app
from core.clock import FakeClock
from core.house import House
from plugins.accounts import outbox
from plugins.accounts.messages import Letter
from plugins.accounts.tables import Mail
from tests.plugins.accounts.conftest import Browser, OpenFast
from tests.plugins.accounts.test_registering import PERSON


class Post:
    """A mail server's inside: keeps what it is given, or refuses."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.refuses = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return "451 not now"
        content = envelope.content
        assert isinstance(content, bytes)
        self.got.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Post, int]]:
    post = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    yield post, port
    controller.stop()


@pytest.fixture
def house(open_fast: OpenFast, server: tuple[Post, int]) -> House:
    return open_fast(
        accounts_smtp_host="127.0.0.1", accounts_smtp_port=str(server[1]),
        accounts_smtp_security="none", accounts_smtp_from="no-reply@fapiao.example",
    )  # fmt: skip


def test_hook_provide_jobs_a_registrations_mail_is_sent_by_the_job(
    house: House, server: tuple[Post, int]
) -> None:
    browser = Browser(create_app(house).test_client())
    browser.post("/accounts/register", **PERSON)
    assert server[0].got == [], "never inside the request"
    assert Mail.get().state == "queued"
    house.runner().tick_once()
    (message,) = server[0].got
    assert message["To"] == "zhang@example.com"
    assert message["From"] == "Fapiao <no-reply@fapiao.example>"
    assert message["Subject"] == "激活您的 Fapiao 账号"
    assert "张三,您好!" in message.get_content()
    link = message.get_content().split("http://127.0.0.1:8000")[1].split()[0]
    assert "账号已激活" in browser.post(link).text
    kept = Mail.get()
    assert (kept.state, kept.body, kept.tries) == ("sent", "", 0)


def test_a_refused_mail_is_tried_again_later_and_at_last_fails(
    fake_clock: FakeClock, house: House, server: tuple[Post, int]
) -> None:
    server[0].refuses = True
    outbox.post("zhang@example.com", Letter("题目", "正文"))
    outbox.send_due()
    outbox.send_due()
    assert (Mail.get().tries, Mail.get().state) == (1, "queued")
    assert "451" in Mail.get().error
    for _ in range(len(outbox.PAUSES)):
        fake_clock.sleep(7201)
        outbox.send_due()
    assert (Mail.get().state, Mail.get().body) == ("failed", "")


def test_a_mail_waits_for_its_server(fake_clock: FakeClock, house: House, server: tuple[Post, int]) -> None:
    server[0].refuses = True
    outbox.post("zhang@example.com", Letter("题目", "正文"))
    outbox.send_due()
    server[0].refuses = False
    fake_clock.reboot("boot-2")
    outbox.send_due()
    assert Mail.get().state == "sent"


def test_a_mail_exists_only_if_its_change_does(house: House) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction():
        outbox.post("zhang@example.com", Letter("题目", "正文"))
        raise ZeroDivisionError
    assert Mail.select().count() == 0


def test_without_a_server_mail_stays(open_fast: OpenFast) -> None:
    open_fast()
    outbox.post("zhang@example.com", Letter("题目", "正文"))
    outbox.send_due()
    assert (Mail.get().state, Mail.get().body) == ("kept", "正文")
    outbox.sweep("9999")
    assert Mail.select().count() == 0
