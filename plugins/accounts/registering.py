"""Pages of registering: the form, the mail's link, and an invitation's link."""

from __future__ import annotations

from flask import Response, request, url_for

from core.api import PUBLIC, Fault, _, allow, house, respond, see_other, taxpayer
from plugins.accounts import credentials, identity, outbox, passwords, service, sessions
from plugins.accounts.pages import address, bp, too_often
from plugins.accounts.tables import User


@bp.get("/register")
@allow(PUBLIC)
def register() -> Response:
    return _form(200, service.read(request.args), [], email=request.args.get("email", ""))


@bp.post("/register")
@allow(PUBLIC)
def apply() -> Response:
    wanted = service.read(request.form)
    faults = service.faults(wanted)
    if not faults and (wait := service.mail_wait(wanted.email, address())):
        faults = too_often(wait)
    if faults:
        return _form(422, wanted, faults)
    service.register(wanted)
    return see_other(url_for("accounts.check_mail", email=identity.email_of(wanted.email)))


@bp.get("/join/<token>")
@allow(PUBLIC)
def join(token: str) -> Response:
    user = credentials.invited_by(token)
    if user is None:
        return _gone("join")
    return _form(200, service.read(request.args), [], user, email=user.email)


@bp.post("/join/<token>")
@allow(PUBLIC)
def apply_invited(token: str) -> Response:
    user = credentials.invited_by(token)
    if user is None:
        return _gone("join")
    wanted = service.read({**request.form, "email": user.email})
    faults = service.faults(wanted)
    if faults:
        return _form(422, wanted, faults, user)
    joined = service.register(wanted, user)
    if joined is None:
        return _gone("join")
    sessions.begin(joined, stay=False)
    return see_other(url_for("accounts.start"))


def _form(
    status: int,
    wanted: service.Application,
    faults: list[Fault],
    invited: User | None = None,
    email: str = "",
) -> Response:
    regions = [("", _("请选择")), *((code, _(name)) for code, name in taxpayer.REGIONS.items())]
    return respond(
        "accounts/register.html", "form", status, wanted=wanted, faults=faults, regions=regions,
        documents=[(kind, _(identity.DOCUMENTS[kind])) for kind in service.PERSONAL],
        invited=invited, email=email or wanted.email,
        least=house().settings.number("accounts.password_length"),
    )  # fmt: skip


@bp.post("/strength")
@allow(PUBLIC)
def strength() -> Response:
    """How strong a password looks, while it is typed; the form works without it."""
    own = [request.form.get(name, "") for name in ("name", "email", "mobile")]
    password = request.form.get("password", "")
    score = passwords.strength(password, *own) if password else None
    return respond("accounts/strength.html", "meter", score=score, word=passwords.WORDS[score or 0])


@bp.get("/check-mail")
@allow(PUBLIC)
def check_mail() -> Response:
    email = identity.email_of(request.args.get("email", ""))
    return respond("accounts/check_mail.html", "content", email=email, sends=outbox.sends(),
                   reset=bool(request.args.get("reset")))  # fmt: skip


@bp.get("/confirm/<token>")
@allow(PUBLIC)
def confirm(token: str) -> Response:
    user = credentials.confirmed_by(token)
    if user is None:
        return _gone("confirm")
    return respond("accounts/confirm.html", "content", user=user, token=token)


@bp.post("/confirm/<token>")
@allow(PUBLIC)
def confirm_now(token: str) -> Response:
    """The button, not the link, confirms: mail programs follow links by themselves."""
    user = credentials.confirmed_by(token)
    if user is None:
        return _gone("confirm")
    if not user.confirmed_at:
        service.confirm(user)
    return respond("accounts/confirm.html", "content", user=None, token="")


def _gone(what: str) -> Response:
    return respond("accounts/gone.html", "content", 410, what=what)
