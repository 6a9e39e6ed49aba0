"""What a profile must be, each sentence under its permanent code."""

from __future__ import annotations

from core.api import Fault, lazy

KINDS = {"general": lazy("一般纳税人"), "small": lazy("小规模纳税人")}
"""Kinds of taxpayer (增值税暂行条例 第十一条)."""

# fmt: off
_SENTENCES = {
    "COMPANIES-PROFILE-01": (lazy("内容太长,或含有不能打印的字符"), lazy("最多 %(most)s 个字")),
    "COMPANIES-PROFILE-02": (lazy("公司名称不能为空"), lazy("与营业执照逐字一致")),
    "COMPANIES-PROFILE-03": (lazy("统一社会信用代码不正确"), lazy("18 位,请核对每一位和末位校验码")),
    "COMPANIES-PROFILE-04": (lazy("这是旧版或个人税号,无法完整校验"), lazy("请再核对一遍")),
    "COMPANIES-PROFILE-05": (lazy("请选择所在地区"), lazy("开票地区决定发票号码的前几位")),
    "COMPANIES-PROFILE-06": (lazy("请选择纳税人类型"), lazy("以税务机关的认定为准")),
    "COMPANIES-PROFILE-07": (lazy("电话号码不正确"), lazy("例如 010-62000000")),
    "COMPANIES-PROFILE-08": (lazy("银行账号不正确"), lazy("只填数字,可以有空格")),
    "COMPANIES-PROFILE-09": (lazy("开户行和账号要一起填写"), lazy("补全另一项,或两项都留空")),
    "COMPANIES-PROFILE-10": (lazy("邮箱地址不正确"), lazy("例如 name@example.com")),
    "COMPANIES-PROFILE-11": (lazy("资料刚被别人修改过"), lazy("请刷新页面,看过最新内容后再改")),
}
# fmt: on


def fault(code: str, path: str = "", **params: object) -> Fault:
    """The fault of a code, at a form field."""
    message, remedy = _SENTENCES[code]
    severity = "warning" if code == "COMPANIES-PROFILE-04" else "error"
    return Fault(code, path, message, remedy, severity=severity, params=params)
