"""People: registration, signing in with a second step, sessions, and members of companies."""

from __future__ import annotations

import click
from flask import Blueprint, request

from core.api import Actor, Job, MenuEntry, Permission, Plugin, Setting, Visitor, hookimpl
from plugins.accounts import commands, demo, jobs, membership, sessions, views

PLUGIN = Plugin(
    name="accounts",
    title="账号与成员",
    summary="注册、登录、两步验证、登录设备,以及公司成员和角色",
    needs=("flask_security", "itsdangerous", "phonenumbers", "email_validator", "qrcode"),
    settings=(
        Setting("accounts.smtp_host", "", "邮件服务器;留空则不外发邮件"),
        Setting("accounts.smtp_port", 587, "邮件服务器端口"),
        Setting("accounts.smtp_user", "", "邮件服务器用户名"),
        Setting("accounts.smtp_password", "", "邮件服务器密码"),
        Setting("accounts.smtp_security", "starttls", "邮件加密方式:starttls、tls 或 none"),
        Setting("accounts.smtp_from", "fapiao@localhost", "发件人地址"),
        Setting("accounts.password_length", 10, "密码最少字符数"),
        Setting("accounts.confirm_hours", 48, "激活链接多少小时内有效"),
        Setting("accounts.reset_minutes", 30, "重置密码链接多少分钟内有效"),
        Setting("accounts.invitation_days", 7, "邀请链接多少天内有效"),
        Setting("accounts.argon2_kib", 19_456, "计算一次密码散列使用的内存(KiB)"),
        Setting("accounts.argon2_rounds", 2, "计算一次密码散列的轮数"),
    ),
    essential=True,
)


@hookimpl
def provide_blueprint() -> Blueprint:
    return views.bp


@hookimpl
def provide_permissions() -> list[Permission]:
    return [Permission("accounts.members", "管理成员", ("owner", "admin"))]


@hookimpl
def provide_menu() -> list[MenuEntry]:
    return [
        MenuEntry("accounts.list_members", "成员", "users", "accounts.members", 80),
        MenuEntry("accounts.show_me", "我的账号", "user", "signed-in", 10, "account"),
        MenuEntry("accounts.start", "我的公司", "building", "signed-in", 20, "account"),
        MenuEntry("accounts.security", "安全", "shield", "signed-in", 30, "account"),
        MenuEntry("accounts.list_sessions", "登录设备", "phone", "signed-in", 40, "account"),
        MenuEntry("accounts.sign_out", "退出", "logout", "signed-in", 90, "account", post=True),
        MenuEntry("accounts.start", "我的公司", "building", "signed-in", 0, "start"),
        MenuEntry("accounts.sign_in", "登录", "lock", "public", 0, "sign-in"),
    ]


@hookimpl
def provide_jobs() -> list[Job]:
    return jobs.jobs()


@hookimpl
def provide_commands() -> list[click.Command]:
    return commands.commands()


@hookimpl
def provide_demo() -> None:
    demo.furnish()


@hookimpl
def provide_demo_notice() -> list[str]:
    return demo.notice()


@hookimpl
def choose_visitor() -> Visitor | None:
    return sessions.visitor()


@hookimpl
def choose_actor(visitor: Visitor) -> Actor | None:
    # An answer to an invitation is given in the inviting company's scope, by somebody not yet in it.
    answered = (request.view_args or {}).get("company", "") if request.endpoint == "accounts.answer" else ""
    return membership.actor_of(visitor, str(answered))
