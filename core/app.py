"""Builds the web application over an open house."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from htmx_flask import Htmx
from werkzeug.exceptions import HTTPException

from core import disk, i18n, pages, plugins, registry, rng, rules, scope, security, shell, strays
from core.contributions import ROLES, MenuEntry
from core.documents import Document
from core.errors import AppError, Unavailable
from core.house import House
from core.htmx import wants_block
from core.invoice import rate_label
from core.money import capitals, decimal_text, yuan, yuan_grouped

log = logging.getLogger(__name__)

LARGEST_REQUEST = 20 * 1024 * 1024


def create_app(house: House) -> Flask:
    """Build the application: pages of every working plugin behind one gate.

    :raise RuntimeError: a view declares no policy.
    """
    app = pages.App("fapiao", root_path=str(house.code), static_folder="static", template_folder="templates")
    secure = house.settings.text("base_url").startswith("https://")
    app.config.update(
        SECRET_KEY=house.secret("session.key").decode(),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_PARTS=25_000,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_NAME="__Host-fapiao" if secure else "fapiao",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=secure,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        TRUSTED_HOSTS=[h for h in house.settings.text("trusted_hosts").split(",") if h] or None,
    )
    Htmx(app)
    app.register_blueprint(shell.blueprint(house.panels(), house.signer))
    for name, blueprint in house.plugins.provide("provide_blueprint"):
        pages.register(app, house.plugins, name, blueprint)
    # A menu leads to pages whose name alone is their address.
    entries = house.menu({rule.endpoint for rule in app.url_map.iter_rules() if not rule.arguments})
    security.install(app, lambda: _sign_in(entries), _language)
    _dress(app, house, entries)
    _answer_errors(app)
    return app


def _sign_in(entries: list[tuple[str, MenuEntry]]) -> str:
    for _, entry in entries:
        if entry.menu == "sign-in":
            wanted = request.full_path.rstrip("?") if request.method == "GET" and not wants_block() else "/"
            return url_for(entry.endpoint, next=wanted)
    raise Unavailable("没有登录模块在运行:服务器可能处于安全模式,请联系管理员")


def _language() -> str:
    chosen = session.get("locale") or request.accept_languages.best_match(["zh", "zh-CN", "en"], "zh")
    return "en" if str(chosen).startswith("en") else "zh"


def _dress(app: Flask, house: House, entries: list[tuple[str, MenuEntry]]) -> None:
    env = app.jinja_env
    env.filters.update(
        yuan=yuan,
        grouped=yuan_grouped,
        capitals=capitals,
        rate=rate_label,
        plain=decimal_text,
        china=house.china_time,
        state_title=lambda state: i18n.gettext(house.state_title(state)),
    )
    env.tests["document"] = lambda value: isinstance(value, Document)
    env.globals.update(
        _=i18n.gettext,
        may=security.may,
        fault_text=fault_text,
        remedy_text=remedy_text,
        refuses=rules.refuses,
    )

    @app.context_processor
    def context() -> dict[str, Any]:
        return {
            "actor": _header_actor(),
            "locale": i18n.locale(),
            "demo": house.demo,
            "notices": _notices(),
            "menu": _menu(entries, "main"),
            "account_menu": _menu(entries, "account"),
            "home_url": url_for("shell.home"),
            "start_url": _first(entries, "start"),
            "search_url": _first(entries, "search"),
            "sign_in_url": _first(entries, "sign-in"),
        }

    env.globals["ui"] = env.get_template("ui.html").module


def fault_text(fault: rules.Fault) -> str:
    """A fault's message in the language of now."""
    return i18n.gettext(fault.message, **fault.params) if fault.params else i18n.gettext(fault.message)


def remedy_text(fault: rules.Fault) -> str:
    """A fault's remedy in the language of now."""
    return i18n.gettext(fault.remedy, **fault.params) if fault.params else i18n.gettext(fault.remedy)


def _header_actor() -> dict[str, Any] | None:
    visitor, actor = security.visitor(), security.actor_or_none()
    if visitor is None:
        return None
    ids = list(actor.companies) if actor else []
    names = registry.company_names(ids)
    current = actor.company if actor else ""
    return {
        "name": visitor.name,
        "role": i18n.gettext(ROLES.get(actor.role, actor.role)) if actor else "",
        "company_name": names.get(current, ""),
        "companies": [{"id": i, "name": names.get(i, i), "current": i == current} for i in ids],
    }


def _notices() -> list[dict[str, str]]:
    notices = []
    reason = registry.frozen()
    if reason:
        text = i18n.gettext("开票已冻结:%(reason)s", reason=i18n.gettext(reason))
        notices.append({"level": "danger", "text": text})
    if not disk.is_writable():
        kind = "磁盘写入失败,系统已停止写入" if disk.has_stopped() else "磁盘空间不足,系统暂时只读"
        notices.append({"level": "danger", "text": i18n.gettext(kind)})
    if security.may("ledger.read") and strays.count():
        text = i18n.gettext("税局清单中有 %(count)s 张发票本系统没有", count=strays.count())
        notices.append({"level": "warn", "text": text, "url": url_for("shell.differences")})
    return notices


def _is_current(entries: list[tuple[str, MenuEntry]], entry: MenuEntry) -> bool:
    # A page without an entry of its own lights up its module's list.
    here = request.endpoint
    if any(other.endpoint == here for _, other in entries):
        return entry.endpoint == here
    return entry.endpoint == f"{request.blueprint}.index"


def _menu(entries: list[tuple[str, MenuEntry]], menu: str) -> list[dict[str, Any]]:
    shown = []
    for _, entry in entries:
        if entry.menu == menu and g.get("visitor") and security.may(entry.permission) and _is_on(entry):
            shown.append(
                {
                    "title": i18n.gettext(entry.title),
                    "url": url_for(entry.endpoint),
                    "icon": entry.icon,
                    "current": _is_current(entries, entry),
                    "post": entry.post,
                }
            )
    return shown


def _is_on(entry: MenuEntry) -> bool:
    module = entry.endpoint.partition(".")[0]
    return module not in plugins.current().manifests or plugins.current().is_on(module)


def _first(entries: list[tuple[str, MenuEntry]], menu: str) -> str:
    for _, entry in entries:
        if entry.menu == menu and security.may(entry.permission) and _is_on(entry):
            return url_for(entry.endpoint)
    return ""


def _answer_errors(app: Flask) -> None:
    @app.errorhandler(AppError)
    def refused(error: AppError) -> Response:
        text = i18n.gettext(error.message, **error.params) if error.message else ""
        return _error(error.status, error.code, text)

    @app.errorhandler(CSRFError)
    def forged(_error_: CSRFError) -> Response:
        return _error(403, "CORE-CSRF", i18n.gettext("这张表单已过期,请刷新页面后再提交"))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.response is not None:
            return make_response(error.response)
        return _error(error.code or 500, f"HTTP-{error.code}", "")

    @app.errorhandler(Exception)
    def broke(error: Exception) -> Response:
        incident = rng.token(4).upper()
        log.error("incident %s at %s %s", incident, request.method, request.path, exc_info=error)
        return _error(500, "CORE-BUG", "", incident)


_TITLES = {
    400: ("请求有误", "请返回上一页检查后重试"),
    401: ("请先登录", "登录后再试"),
    403: ("没有权限", "需要时请联系公司管理员调整角色"),
    404: ("没有找到", "它可能不存在、属于别的公司,或所属模块已停用"),
    405: ("请求方式不对", "请从页面上的按钮操作"),
    409: ("状态已变化", "刷新页面看看最新情况"),
    413: ("内容太大", "请减小文件或分批提交"),
    503: ("暂时不能接受新的开票", "查询和下载不受影响,请稍后再试"),
    507: ("磁盘空间不足,暂时只读", "没有任何数据被改动;查询和下载不受影响,请管理员清理磁盘后再提交"),
}


def _error(status: int, code: str, message: str, incident: str = "") -> Response:
    title, remedy = _TITLES.get(status, ("系统出错了", "没有任何数据被改动;请把编号告诉管理员"))
    title, remedy = i18n.gettext(title), i18n.gettext(remedy)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        body = {
            "status": status,
            "code": code,
            "title": title,
            "detail": message or remedy,
            "incident": incident,
        }
        response = make_response(jsonify(body), status)
        response.content_type = "application/problem+json"
        return response
    if wants_block():
        return make_response(message or f"{title} {incident}".strip(), status)
    if not scope.is_open():
        g.visitor = g.actor = None
    with scope.opened(scope.company(), scope.user()) if scope.is_open() else scope.opened():
        page = render_template(
            "error.html",
            title=title,
            message=message,
            remedy=remedy,
            code=code,
            status=status,
            incident=incident,
        )
    return make_response(page, status)
