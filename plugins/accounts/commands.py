"""The operator's commands about people: for installations without a mail server, and for emergencies."""

from __future__ import annotations

import click

from core.api import clock, transaction
from plugins.accounts import identity, sessions
from plugins.accounts.tables import User


def commands() -> list[click.Command]:
    """Our commands."""
    return [user]


@click.group("user")
def user() -> None:
    """People who may sign in."""


@user.command("list")
def list_users() -> None:
    """List everybody."""
    for found in User.select().order_by(User.email):
        state = "active" if found.active else "suspended"
        click.echo(f"{found.email}  {state}, {'confirmed' if found.confirmed_at else 'unconfirmed'}")


@user.command("confirm")
@click.argument("email")
def confirm(email: str) -> None:
    """Confirm an address without its mail."""
    _change(email, confirmed_at=clock.stamp())


@user.command("suspend")
@click.argument("email")
def suspend(email: str) -> None:
    """Shut somebody out, everywhere and at once."""
    found = _change(email, active=0)
    sessions.revoke_all(found.id)


@user.command("resume")
@click.argument("email")
def resume(email: str) -> None:
    """Let somebody in again."""
    _change(email, active=1)


@user.command("no-second-step")
@click.argument("email")
def no_second_step(email: str) -> None:
    """Switch off the second step of somebody who lost phone and recovery codes, once you know it is he."""
    _change(email, totp="", totp_counter=0, recovery="[]")


def _change(email: str, **values: object) -> User:
    with transaction():
        found = User.get_or_none(User.email == identity.email_of(email))
        if found is None:
            raise click.ClickException(f"nobody is registered as {email}")
        User.update(**values).where(User.id == found.id).execute()
    return found
