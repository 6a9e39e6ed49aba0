"""From form text to a typed draft, and back for redisplay. Faults carry the form field's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from core.invoice import PLACES, Invoice, Line, Party
from core.money import decimal_text, parse_decimal, parse_yuan, yuan
from core.rules import Fault

MOST_LINES = 2000
"""Lines of one invoice at most (税务数字账户 limit, domain §5)."""

_LINE_FIELD = re.compile(r"lines\[(\d{1,6})\]\.(\w+)")
_EXTRA = re.compile(r"extra\.[A-Za-z0-9_.-]{1,64}")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_DEEPEST = 4
_PARTY = ("name", "tax_id", "address", "phone", "bank", "account")
_PLAIN = ("kind", "order_no", "remark", "drawer", "red_of", "buyer_email", "buyer_mobile")
_LINE_TEXT = ("name", "code", "short_name", "spec", "unit", "rate")
_LINE_KEYS = (*_LINE_TEXT, "quantity", "price", "amount", "discount")


def form_draft(form: Mapping[str, str]) -> tuple[Invoice, list[Fault]]:
    """Read the fields of the issuing form: `buyer.name`, `lines[0].quantity`, `inclusive`, …

    Lines that are wholly empty are left out; numbers are made gapless again in their order.
    """
    faults: list[Fault] = []
    gathered: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        found = _LINE_FIELD.fullmatch(name)
        if found:
            gathered.setdefault(int(found[1]), {})[found[2]] = text.strip()
    filled = [
        fields for _, fields in sorted(gathered.items()) if any(v for k, v in fields.items() if k != "rate")
    ]
    if len(filled) > MOST_LINES:
        faults.append(_fault("CORE-FORM-03", "lines", "明细超过 2000 行", "拆成几张发票"))
    lines = tuple(
        _line(fields, f"lines[{index}]", faults) for index, fields in enumerate(filled[:MOST_LINES])
    )
    plain: dict[str, Any] = {name: form.get(name, "").strip() for name in _PLAIN if name in form}
    extra = {name[6:]: text.strip() for name, text in form.items() if _EXTRA.fullmatch(name) and text.strip()}
    draft = Invoice(
        **plain,
        lines=lines,
        buyer=_party(form, "buyer"),
        inclusive=_is_yes(form.get("inclusive")),
        extra=extra,
    )
    return draft, faults


def _party(form: Mapping[str, str], side: str) -> Party:
    fields = {name: form.get(f"{side}.{name}", "").strip() for name in _PARTY}
    return Party(**fields, is_person=_is_yes(form.get(f"{side}.is_person")))


def _line(fields: Mapping[str, str], path: str, faults: list[Fault]) -> Line:
    def number(name: str) -> Decimal | None:
        return _read(fields, name, path, faults, lambda text: parse_decimal(text, PLACES))

    text: dict[str, Any] = {name: fields.get(name, "") for name in _LINE_TEXT}
    entered = _read(fields, "amount", path, faults, parse_yuan)
    return Line(
        **text, quantity=number("quantity"), price=number("price"), entered=entered,
        discount=_is_yes(fields.get("discount")),
    )  # fmt: skip


def _read(
    fields: Mapping[str, str], name: str, path: str, faults: list[Fault], parse: Callable[[str], Any]
) -> Any:
    text = fields.get(name, "")
    if not text:
        return None
    try:
        return parse(text)
    except ValueError:
        places = 2 if name == "amount" else PLACES
        faults.append(
            _fault("CORE-FORM-01", f"{path}.{name}", "“%(text)s”不是有效的数字",
                   "只填数字,最多 %(places)s 位小数", text=text[:40], places=places)
        )  # fmt: skip
        return None


def _fault(code: str, path: str, message: str, remedy: str, **params: object) -> Fault:
    return Fault(code, path, message, remedy, params=params)


def _is_yes(text: str | None) -> bool:
    return (text or "").strip().lower() in ("1", "on", "true", "yes")


def draft_form(draft: Invoice) -> dict[str, str]:
    """The inverse of `form_draft`: every field's text by its name."""
    form = {name: str(getattr(draft, name)) for name in _PLAIN}
    form["inclusive"] = "1" if draft.inclusive else ""
    form |= {f"extra.{name}": text for name, text in draft.extra.items()}
    form |= {f"buyer.{name}": getattr(draft.buyer, name) for name in _PARTY}
    form["buyer.is_person"] = "1" if draft.buyer.is_person else ""
    for index, line in enumerate(draft.lines):
        path = f"lines[{index}]"
        form |= {f"{path}.{name}": getattr(line, name) for name in _LINE_TEXT}
        form[f"{path}.quantity"], form[f"{path}.price"] = (
            decimal_text(line.quantity),
            decimal_text(line.price),
        )
        form[f"{path}.amount"] = "" if line.entered is None else yuan(line.entered)
        form[f"{path}.discount"] = "1" if line.discount else ""
    return form


def json_draft(raw: Mapping[str, Any]) -> tuple[Invoice, list[Fault]]:
    """Read a draft from JSON: the same names, nested (`{"buyer": {"name": …}, "lines": [{…}]}`).

    Amounts, quantities and prices are text or whole numbers; a fraction as a JSON number is refused.
    """
    form: dict[str, str] = {}
    faults: list[Fault] = []
    _flatten("", raw, form, faults)
    known = {*_PLAIN, "inclusive", "source", "source_ref", "buyer.is_person", *(f"buyer.{n}" for n in _PARTY)}
    for name in form:
        line = _LINE_FIELD.fullmatch(name)
        if not (name in known or _EXTRA.fullmatch(name) or (line and line[2] in _LINE_KEYS)):
            faults.append(_unknown(name))
    draft, more = form_draft(form)
    return draft, faults + more


def _unknown(name: str) -> Fault:
    shown = name[:80].encode("utf-8", "replace").decode()
    return _fault("CORE-FORM-02", shown, "没有“%(name)s”这个字段", "删除它,或核对拼写", name=shown)


def _flatten(prefix: str, value: object, form: dict[str, str], faults: list[Fault], depth: int = 0) -> None:
    if isinstance(value, (Mapping, list)) and depth == _DEEPEST:
        faults.append(_unknown(prefix))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            _flatten(f"{prefix}.{name}" if prefix else str(name), inner, form, faults, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _flatten(f"{prefix}[{index}]", inner, form, faults, depth + 1)
    elif isinstance(value, float):
        faults.append(_fault("CORE-FORM-04", prefix, "金额和数量要写成文本", '给数字加上引号,例如 "12.50"'))
    elif isinstance(value, str) and _HALF_PAIR.search(value):
        faults.append(_fault("CORE-FORM-05", prefix, "含有不能使用的字符", "删去它,或换一种写法"))
    elif value is not None:
        form[prefix] = ("1" if value else "") if isinstance(value, bool) else str(value)
