"""The company's page: its particulars, who changed what, and the form to change them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from core.api import Event, Fault, _, actor, allow, lazy, respond, see_other, taxpayer
from plugins.companies import service
from plugins.companies.rules import KINDS

bp = Blueprint("companies", __name__, url_prefix="/companies", template_folder="templates")

LABELS = {
    "name": lazy("公司名称"), "tax_id": lazy("统一社会信用代码"), "region": lazy("所在地区"),
    "kind": lazy("纳税人类型"), "address": lazy("地址"), "phone": lazy("电话"), "bank": lazy("开户行"),
    "account": lazy("银行账号"), "drawer": lazy("默认开票人"), "email": lazy("公司邮箱"),
}  # fmt: skip


@bp.get("/profile")
@allow("companies.view")
def show() -> Response:
    own = service.profile()
    shown = [(_(label), _said(name, getattr(own, name)) or "—") for name, label in LABELS.items()]
    warnings = [fault for fault in service.judge(own) if fault.severity == "warning"]
    steps = [_step(event) for event in service.history()]
    return respond("companies/profile.html", "content", shown=shown, warnings=warnings, steps=steps,
                   done=request.args.get("done"), bare=not own.version)  # fmt: skip


@bp.get("/profile/edit")
@allow("companies.edit")
def edit() -> Response:
    return _form(200, service.profile(), [])


@bp.post("/profile/edit")
@allow("companies.edit")
def save() -> Response:
    wanted = service.read(request.form)
    faults = service.judge(wanted)
    if not any(fault.severity == "error" for fault in faults):
        faults = service.change(wanted, actor())
        if not faults:
            return see_other(url_for("companies.show", done="1"))
    return _form(422, wanted, faults)


def _form(status: int, own: service.Profile, faults: list[Fault]) -> Response:
    regions = [(code, _(name)) for code, name in taxpayer.REGIONS.items()]
    kinds = [(code, _(title)) for code, title in KINDS.items()]
    return respond("companies/edit.html", "form", status, own=own, faults=faults, labels=LABELS,
                   regions=regions, kinds=kinds)  # fmt: skip


def _said(name: str, value: str) -> str:
    if name == "region":
        return _(taxpayer.REGIONS.get(value, value))
    return _(KINDS.get(value, value)) if name == "kind" else value


def _step(event: Event) -> dict[str, Any]:
    """A change as the history shows it: field, before, after."""
    before, after = event.body.get("before", {}), event.body.get("after", {})
    changes = [
        (_(LABELS[name]), _said(name, before[name]) or "—", _said(name, after[name]) or "—")
        for name in LABELS if name in after
    ]  # fmt: skip
    return {"at": event.at, "kind": event.kind, "by": event.body.get("by", ""), "changes": changes}
