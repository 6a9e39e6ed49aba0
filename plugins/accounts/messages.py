"""What our mails say, in the language of the one who caused them."""

from __future__ import annotations

from dataclasses import dataclass

from core.api import ROLES, _, house


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject and text."""

    subject: str
    body: str


def _letter(subject: str, *paragraphs: str) -> Letter:
    return Letter(
        " ".join(subject.split()),
        "\n\n".join([*paragraphs, _("—— Fapiao 电子发票(这是系统邮件,请勿回复)")]) + "\n",
    )


def confirmation(name: str, link: str) -> Letter:
    """Asks the owner of a mailbox to confirm that he registered."""
    hours = house().settings.number("accounts.confirm_hours")
    return _letter(
        _("激活您的 Fapiao 账号"), _("%(name)s,您好!", name=name), _("请打开下面的链接,激活您的账号:"), link,
        _("链接 %(n)s 小时内有效。如果不是您本人注册,请不要打开它,账号不会被激活。", n=hours),
    )  # fmt: skip


def already_registered(name: str, sign_in: str, forgot: str) -> Letter:
    """Tells somebody who registers again that he has an account: the page does not say so to strangers."""
    return _letter(
        _("您已经有 Fapiao 账号"), _("%(name)s,您好!", name=name),
        _("有人(可能就是您)用这个邮箱再次注册,但它已有账号,所以没有做任何改动。"),
        _("登录:%(link)s", link=sign_in), _("忘记密码:%(link)s", link=forgot),
        _("如果不是您本人操作,请忽略这封邮件。"),
    )  # fmt: skip


def reset(name: str, link: str) -> Letter:
    """Lets a new password be set."""
    minutes = house().settings.number("accounts.reset_minutes")
    return _letter(
        _("重置 Fapiao 密码"), _("%(name)s,您好!", name=name), _("请打开下面的链接,设置新密码:"), link,
        _("链接 %(n)s 分钟内有效,只能用一次。如果不是您本人操作,请忽略,密码不会改变。", n=minutes),
    )  # fmt: skip


def no_account() -> Letter:
    """Tells the owner of a mailbox that there is no account to reset."""
    return _letter(
        _("这个邮箱没有 Fapiao 账号"), _("有人用这个邮箱申请重置密码,但它没有对应的账号。"),
        _("如果是您本人操作,请换一个邮箱再试;否则请忽略这封邮件。"),
    )  # fmt: skip


def password_changed(name: str, forgot: str) -> Letter:
    """Tells that the password is another one now."""
    return _letter(
        _("您的 Fapiao 密码已修改"), _("%(name)s,您好!", name=name),
        _("您的密码刚刚被修改,其他设备上的登录已全部退出。"),
        _("如果不是您本人操作,请立即重置密码:%(link)s", link=forgot),
    )  # fmt: skip


def second_step(name: str, is_on: bool) -> Letter:
    """Tells that the second step of signing in was switched."""
    what = _("您的账号已开启两步验证。") if is_on else _("您的账号已关闭两步验证。")
    return _letter(
        _("两步验证有变化"), _("%(name)s,您好!", name=name), what,
        _("如果不是您本人操作,请立即修改密码并联系管理员。"),
    )  # fmt: skip


def invitation(inviter: str, company: str, role: str, link: str) -> Letter:
    """Invites somebody into a company."""
    days = house().settings.number("accounts.invitation_days")
    return _letter(
        _("%(inviter)s 邀请您加入 %(company)s", inviter=inviter, company=company), _("您好!"),
        _("%(inviter)s 邀请您以“%(role)s”的身份加入 %(company)s。请打开下面的链接:",
          inviter=inviter, role=_(ROLES[role]), company=company),
        link, _("链接 %(n)s 天内有效。如果您不认识对方,请忽略这封邮件。", n=days),
    )  # fmt: skip
