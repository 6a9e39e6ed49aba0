"""Every sentence by which our forms refuse, under its permanent code."""

from __future__ import annotations

from core.api import Fault, lazy

# fmt: off
_SENTENCES = {
    "ACCOUNTS-LIMIT-01": (lazy("尝试次数太多"), lazy("请在 %(wait)s后再试")),
    "ACCOUNTS-MEMBER-01": (lazy("邮箱地址不正确"), lazy("例如 name@example.com")),
    "ACCOUNTS-MEMBER-02": (lazy("这个邮箱已经在成员列表里"), lazy("可以直接调整他的角色")),
    "ACCOUNTS-MEMBER-03": (lazy("没有这个角色"), lazy("请从列表中选择")),
    "ACCOUNTS-MEMBER-04": (lazy("公司至少要有一位所有者"), lazy("请先把另一位成员设为所有者")),
    "ACCOUNTS-PASSWORD-01": (lazy("密码太短"), lazy("至少 %(n)s 个字符,可以是一句话")),
    "ACCOUNTS-PASSWORD-02": (lazy("密码太长"), lazy("不超过 %(n)s 个字符")),
    "ACCOUNTS-PASSWORD-03": (
        lazy("这个密码太容易被猜到"),
        lazy("不要用常见密码、连续或重复的字符,也不要用自己的姓名、邮箱或手机号"),
    ),
    "ACCOUNTS-PASSWORD-04": (lazy("两次输入的密码不一致"), lazy("请重新输入一遍")),
    "ACCOUNTS-PASSWORD-05": (lazy("当前密码不正确"), lazy("忘记时可以先退出,再重置密码")),
    "ACCOUNTS-REGISTER-01": (lazy("姓名或名称不能为空、过长或含特殊字符"), lazy("填写 1 至 100 个字")),
    "ACCOUNTS-REGISTER-02": (lazy("邮箱地址不正确"), lazy("例如 name@example.com")),
    "ACCOUNTS-REGISTER-03": (lazy("手机号码不正确"), lazy("填写 11 位中国大陆手机号")),
    "ACCOUNTS-REGISTER-04": (lazy("证件号码不正确"), lazy("请核对位数和校验码,逐字与证件一致")),
    "ACCOUNTS-REGISTER-05": (lazy("请选择所在地区"), lazy("开票地区决定发票号码的前几位")),
    "ACCOUNTS-REGISTER-06": (lazy("统一社会信用代码不正确"), lazy("18 位,与营业执照逐字一致")),
    "ACCOUNTS-SIGNIN-01": (lazy("账号或密码不正确"), lazy("请检查后重试;忘记密码可以重置")),
    "ACCOUNTS-SIGNIN-02": (lazy("邮箱尚未激活"), lazy("请打开激活邮件里的链接,或重新发送")),
    "ACCOUNTS-SIGNIN-03": (lazy("这个账号已停用"), lazy("请联系系统管理员")),
    "ACCOUNTS-SIGNIN-04": (lazy("验证码不正确"), lazy("输入验证器里正在显示的 6 位数字,或一个恢复码")),
    "ACCOUNTS-TOTP-01": (lazy("验证码不正确"), lazy("输入验证器里正在显示的 6 位数字")),
    "ACCOUNTS-TOTP-02": (lazy("验证码不正确"), lazy("手机不在身边时可以用恢复码")),
}
# fmt: on


def fault(code: str, path: str = "", **params: object) -> Fault:
    """The fault of a code, at a form field."""
    message, remedy = _SENTENCES[code]
    return Fault(code, path, message, remedy, params=params)
