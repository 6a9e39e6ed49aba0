"""The host's own pages: home, modules, language, company switch, receipts, health."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, session
from jinja2.environment import TemplateModule

from core import checkpoints, health, i18n, ledger, plugins, registry, scope, security, strays
from core.checkpoints import Signer
from core.contributions import PUBLIC, SIGNED_IN, Panel, Permission
from core.errors import Forbidden, NotFound, Unavailable
from core.htmx import own_path, respond, see_other
from core.rules import Fault

PERMISSIONS = [
    Permission("modules.switch", "启用和停用模块", ("owner", "admin")),
    Permission("ledger.read", "查看账本与回执", ("owner", "admin", "finance", "viewer")),
    Permission("differences.settle", "核对差异", ("owner", "admin", "finance")),
]


def blueprint(panels: list[tuple[str, Panel]], signer: Signer) -> Blueprint:
    """Build the shell's pages."""
    bp = Blueprint("shell", __name__)

    @bp.get("/")
    @security.allow(SIGNED_IN)
    def home() -> Response:
        shown = [item for name, panel in panels if (item := _load(name, panel))]
        return respond("home.html", "content", panels=shown)

    @bp.get("/modules")
    @security.allow("modules.switch")
    def modules() -> Response:
        return respond("modules.html", "list", modules=_modules())

    @bp.post("/modules/<name>")
    @security.allow("modules.switch")
    def switch_module(name: str) -> Response:
        manifest = plugins.current().manifests.get(name)
        if manifest is None:
            raise NotFound("没有这个模块")
        if manifest.essential:
            raise Forbidden("核心模块不能停用")
        registry.switch(name, request.form.get("enabled") == "1", security.actor().label)
        return see_other("/modules")

    @bp.post("/company")
    @security.allow(SIGNED_IN)
    def switch_company() -> Response:
        wanted = request.form.get("company", "")
        actor = security.actor_or_none()
        if actor is None or wanted not in actor.companies:
            raise NotFound("没有这家公司")
        session["company"] = wanted
        return see_other("/")

    @bp.post("/language")
    @security.allow(PUBLIC)
    def switch_language() -> Response:
        name = request.form.get("locale", "")
        if name in i18n.LOCALES:
            session["locale"] = name
        return see_other(own_path(request.form.get("next", "/")))

    @bp.get("/ledger/<int:seq>/receipt")
    @security.allow("ledger.read")
    def receipt(seq: int) -> Response:
        # No ledger is that long, and SQLite takes no larger number.
        found = ledger.events(seq - 1, 1) if seq < 2**62 else []
        if not found or found[0].seq != seq:
            raise NotFound("没有这一步")
        with suppress(Unavailable):
            checkpoints.checkpoint(signer)
        answer = jsonify(checkpoints.receipt(signer, found[0]))
        answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{seq}.json"'
        return answer

    _differences(bp)
    _health(bp, signer)
    return bp


def _differences(bp: Blueprint) -> None:
    @bp.get("/differences")
    @security.allow("ledger.read")
    def differences() -> Response:
        return respond("differences.html", "content", strays=strays.strays())

    @bp.post("/differences/<number>")
    @security.allow("differences.settle")
    def settle_difference(number: str) -> Response:
        note = request.form.get("note", "").strip()[:500]
        if not note:
            if number not in {stray.number for stray in strays.strays() if stray.state == "open"}:
                raise NotFound("没有这张待核对的发票")  # among the open ones, where the fault would stand
            fault = Fault(
                "CORE-STRAY-01", "note", "请写明核对的结果", "例如:手工在电子税务局开具,已补登记", ""
            )
            return respond("differences.html", "content", 422, strays=strays.strays(), faults=[fault],
                           at=number)  # fmt: skip
        strays.settle(number, note, security.actor().label)
        return see_other("/differences")


def _health(bp: Blueprint, signer: Signer) -> None:
    @bp.get("/healthz")
    @security.allow(PUBLIC)
    def healthz() -> Response:
        return jsonify(status="ok")

    @bp.get("/readyz")
    @security.allow(PUBLIC)
    def readyz() -> tuple[Response, int]:
        found = health.checks(signer)
        worst = health.worst(found)
        told = {check.name: check.level for check in found}
        return jsonify(status=worst, checks=told), 503 if worst == "bad" else 200


def _load(name: str, panel: Panel) -> TemplateModule | None:
    if not scope.company() or not security.may(panel.permission) or not plugins.current().is_on(name):
        return None
    ok, drawn = plugins.current().decorate(name, _draw, panel)
    return drawn if ok else None


def _draw(panel: Panel) -> TemplateModule:
    values: dict[str, Any] = {"values": panel.load()}
    current_app.update_template_context(values)
    return current_app.jinja_env.get_template(panel.template).make_module(values)


def _modules() -> list[dict[str, Any]]:
    known = plugins.current()
    on = set(known.on())
    shown = [
        {
            "name": name,
            "manifest": known.manifests[name],
            "on": name in on,
            "problem": known.quarantined.get(name),
        }
        for name in known.order()
    ]
    broken = [
        {"name": name, "manifest": None, "on": False, "problem": reason}
        for name, reason in sorted(known.quarantined.items()) if name not in known.manifests
    ]  # fmt: skip
    return shown + broken
