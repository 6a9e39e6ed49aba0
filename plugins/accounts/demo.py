"""The demo's people: one of each role, all with one well-known password, in two companies."""

from __future__ import annotations

from core.api import ROLES, _, clock, rng, rows, taxpayer, transaction
from plugins.accounts import credentials, membership
from plugins.accounts.tables import User

PASSWORD = "Fapiao-demo-1"
BRANCH = "上海云杉办公用品有限公司"

PEOPLE = {"owner": "李云", "finance": "王芳", "sales": "张伟", "viewer": "赵敏"}
"""Names by role; each signs in as `<role>@demo.fapiao`."""


def furnish() -> None:
    """Make the people members of the demo company, and the owner of a second one."""
    kept = credentials.hashed(PASSWORD)
    name = str(rows("SELECT name FROM company")[0][0])
    with transaction():
        for number, (role, called) in enumerate(PEOPLE.items()):
            membership.add(_person(role, called, f"+861380013800{number}", kept), role, name)
        owner = User.get(User.email == "owner@demo.fapiao")
        membership.found(owner, BRANCH, taxpayer.invent("310115"), "31")


def _person(role: str, called: str, mobile: str, kept: str) -> User:
    return User.create(
        id=rng.ulid(), email=f"{role}@demo.fapiao", mobile=mobile, name=called, password=kept,
        fs_uniquifier=rng.token(32), confirmed_at=clock.stamp(), made_at=clock.stamp(),
    )  # fmt: skip


def log_ins() -> list[tuple[str, str, str]]:
    """Role's title, person and address of each demo log-in."""
    return [(ROLES[role], called, f"{role}@demo.fapiao") for role, called in PEOPLE.items()]


def notice() -> list[str]:
    """What the server prints at its start."""
    lines = [f"{address}  ({_(title)} {called})" for title, called, address in log_ins()]
    return [_("演示账号,密码都是 %(password)s:", password=PASSWORD), *lines]
