"""Who belongs to a company in which role. Each change is an event of that company's ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.api import (
    ROLES,
    Actor,
    Fault,
    Visitor,
    clock,
    create_company,
    errors,
    lazy,
    ledger,
    rng,
    rows,
    scope,
    transaction,
)
from plugins.accounts import credentials, identity, messages, outbox, pages
from plugins.accounts.rules import fault
from plugins.accounts.tables import Member, User

ACTIVE, INVITED, SUSPENDED = "active", "invited", "suspended"

STATES = {ACTIVE: lazy("正常"), INVITED: lazy("待接受邀请"), SUSPENDED: lazy("已暂停")}


@dataclass(frozen=True, slots=True)
class Place:
    """A member of the scope's company as its page shows him. An invited person's name is not ours to show."""

    user: str
    name: str
    email: str
    role: str
    state: str
    made_at: str
    has_second_step: bool


def actor_of(visitor: Visitor, answers: str = "") -> Actor | None:
    """For which company the user acts.

    :param answers: the company whose invitation this request answers: the user acts in it with no role
        at all, which lets him change his own place there and nothing else.
    """
    places = Member.select(Member.company, Member.role, Member.state).where(Member.user == visitor.user)
    mine = {place.company: place for place in places.order_by(Member.made_at)}
    companies = {name: place.role for name, place in mine.items() if place.state == ACTIVE}
    if answers and answers in mine and mine[answers].state == INVITED:
        return Actor(visitor.user, visitor.name, answers, "", companies)
    company = visitor.company if visitor.company in companies else next(iter(companies), "")
    if not company:
        return None
    return Actor(visitor.user, visitor.name, company, companies[company], companies)


def places() -> list[Place]:
    """Members of the scope's company: those who can act first, owners before others."""
    found = rows(
        "SELECT m.user, u.name, u.email, m.role, m.state, m.made_at, u.totp <> '' FROM accounts_member m"
        " JOIN accounts_user u ON u.id = m.user WHERE m.company = ?"
        " ORDER BY m.state, m.role <> 'owner', m.made_at", scope().company,
    )  # fmt: skip
    return [
        Place(user, "" if state == INVITED else name, email, role, state, at, bool(second))
        for user, name, email, role, state, at, second in found
    ]


def invitations(user: str) -> list[Member]:
    """Invitations that wait for the user's answer, in the user's own scope or any."""
    return list(Member.select().where((Member.user == user) & (Member.state == INVITED)))


def mine(user: str) -> list[Member]:
    """The user's places in all his companies where he may act or is suspended."""
    wanted = (Member.user == user) & (Member.state != INVITED)
    return list(Member.select().where(wanted).order_by(Member.made_at))


def found(user: User, name: str, tax_id: str, region: str) -> str:
    """Found a company with the user as its owner; the answer is its id."""

    def own() -> None:
        _add(user.id, "owner", ACTIVE, name)
        _tell(user.id, "founded", {}, {"role": "owner", "state": ACTIVE}, f"user:{user.id}")

    return create_company(name, tax_id, region, founder=user.id, also=own)


def add(user: User, role: str, company_name: str) -> None:
    """Make somebody a member of the scope's company without asking him (the demo's people)."""
    with transaction():
        _add(user.id, role, ACTIVE, company_name)
        _tell(user.id, "added", {}, {"role": role, "state": ACTIVE}, "job:demo")


def _add(user: str, role: str, state: str, company_name: str) -> None:
    Member.create(user=user, role=role, state=state, company_name=company_name, made_at=clock.stamp())


def invite(email: str, role: str, by: Actor) -> list[Fault]:
    """Invite an address into the scope's company. Whether it has an account the inviter does not learn."""
    wanted = identity.email_of(email)
    if not wanted:
        return [fault("ACCOUNTS-MEMBER-01", "email")]
    refused = _role_faults(role, by)
    if refused:
        return refused
    with transaction():
        user = User.get_or_none(User.email == wanted) or User.create(
            id=rng.ulid(), email=wanted, made_at=clock.stamp(), fs_uniquifier=rng.token(32)
        )
        if _place(user.id):
            return [fault("ACCOUNTS-MEMBER-02", "email")]
        _add(user.id, role, INVITED, _company_name())
        _tell(user.id, "invited", {}, {"role": role, "state": INVITED}, by.label)
        _send_invitation(user, role, by)
    return []


def remind(user: str, by: Actor) -> None:
    """Send an invitation again.

    :raise NotFound: nobody is invited by that id.
    """
    with transaction():
        _send_invitation(User.get_by_id(user), require_invited(user).role, by)


def require_invited(user: str) -> Member:
    """The place of somebody who has not answered yet. Asked before a mail is counted: how often others
    wrote to that person is nothing to tell here.

    :raise NotFound: nobody is invited by that id.
    """
    place = _place(user)
    if place is None or place.state != INVITED:
        raise errors.NotFound("没有这份邀请")
    return place


def _send_invitation(user: User, role: str, by: Actor) -> None:
    if user.confirmed_at:
        to = pages.link("accounts.start")
    else:
        to = pages.link("accounts.join", token=credentials.join_token(user))
    outbox.post(user.email, messages.invitation(by.name, _company_name(), role, to))


def answer(user: str, accept: bool, by: Actor) -> None:
    """Take or decline the invitation into the scope's company.

    :raise NotFound: there is none.
    """
    with transaction():
        place = require_invited(user)
        before = {"role": place.role, "state": INVITED}
        if accept:
            Member.update(state=ACTIVE, made_at=clock.stamp()).where(_here(user)).execute()
            _tell(user, "joined", before, {"role": place.role, "state": ACTIVE}, by.label)
        else:
            Member.delete().where(_here(user)).execute()
            _tell(user, "declined", before, {}, by.label)


def change(user: str, by: Actor, *, role: str = "", state: str = "") -> list[Fault]:
    """Change a member's role, or suspend him, or let him act again.

    :raise NotFound: the company has no such member. :raise Forbidden: only an owner may change owners.
    """
    with transaction():
        place = _place(user)
        if place is None or state not in ("", ACTIVE, SUSPENDED) or (state and place.state == INVITED):
            raise errors.NotFound("没有这位成员")
        after_role, after_state = role or place.role, state or place.state
        if (after_role, after_state) == (place.role, place.state):
            return []
        refused = _role_faults(after_role, by, place.role) or _owner_faults(place, after_role, after_state)
        if refused:
            return refused
        Member.update(role=after_role, state=after_state).where(_here(user)).execute()
        what = "suspended" if state == SUSPENDED else "resumed" if state else "role"
        _tell(user, what, {"role": place.role, "state": place.state},
              {"role": after_role, "state": after_state}, by.label)  # fmt: skip
    return []


def remove(user: str, by: Actor) -> list[Fault]:
    """Take somebody out of the company, or an invitation back.

    :raise NotFound: the company has no such member. :raise Forbidden: only an owner may remove owners.
    """
    with transaction():
        place = _place(user)
        if place is None:
            raise errors.NotFound("没有这位成员")
        refused = _role_faults(place.role, by, place.role) or _owner_faults(place, "", "")
        if refused:
            return refused
        Member.delete().where(_here(user)).execute()
        _tell(user, "removed", {"role": place.role, "state": place.state}, {}, by.label)
    return []


def _place(user: str) -> Member | None:
    return Member.get_or_none(_here(user))


def _here(user: str) -> Any:
    # The user's rows of other companies show as well.
    return (Member.user == user) & (Member.company == scope().company)


def _role_faults(role: str, by: Actor, before: str = "") -> list[Fault]:
    if role not in ROLES:
        return [fault("ACCOUNTS-MEMBER-03", "role")]
    if "owner" in (role, before) and by.role != "owner":
        raise errors.Forbidden("只有所有者可以授予或改变所有者")
    return []


def _owner_faults(place: Member, role: str, state: str) -> list[Fault]:
    """A company keeps somebody who can do everything."""
    if place.role != "owner" or place.state != ACTIVE or (role, state) == ("owner", ACTIVE):
        return []
    others = Member.select().where(
        (Member.company == scope().company) & (Member.role == "owner") & (Member.state == ACTIVE)
        & (Member.user != place.user)
    )  # fmt: skip
    if others.exists():
        return []
    return [fault("ACCOUNTS-MEMBER-04")]


def _company_name() -> str:
    return str(rows("SELECT name FROM company")[0][0])


def _tell(user: str, what: str, before: dict[str, str], after: dict[str, str], by: str) -> None:
    ledger.append("member-changed", user, {"change": what, "before": before, "after": after}, by)
