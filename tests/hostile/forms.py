"""What is sent to each view when all is well: fuzzing changes a field or three of these."""

from __future__ import annotations

from core import clock, taxpayer
from tests.hostile.world import PASSWORD, World

_LINE = {
    "name": "复印纸", "code": "1060102010000000000", "spec": "A4", "unit": "箱", "quantity": "2",
    "price": "150.00", "rate": "0.13", "amount": "", "discount": "",
}  # fmt: skip
_BUYER = {"name": "上海样例贸易有限公司", "tax_id": "91310115MA1K00007Q", "address": "路 1 号",
          "phone": "021-62000000", "bank": "样例银行", "account": "1109 2600"}  # fmt: skip


def invoice(order: str) -> dict[str, str]:
    """The issuing form of a good invoice."""
    buyer = {f"buyer.{name}": text for name, text in _BUYER.items()}
    lines = {f"lines[0].{name}": text for name, text in _LINE.items()}
    return {"kind": "ordinary", "order_no": order, "remark": "备注", "drawer": "李云",
            "buyer_email": "a@b.cn", "buyer_mobile": "13800138000", "inclusive": "", "again": "",
            **buyer, **lines}  # fmt: skip


def good(world: World, endpoint: str, order: str) -> dict[str, str]:
    """Fields and values that the view takes; empty where it reads none."""
    today = clock.today().isoformat()
    claim = {"number": world.number, "day": today, "total": "339.00", "qr": ""}
    person = {"name": "张三丰", "email": f"p{order}@example.cn", "mobile": "13800138000"}
    card = {
        "document_kind": "passport",
        "document": "E12345678",
        "as": "person",
        "company": "",
        "region": "11",
    }
    new = {"password": "Otter-77-meadow", "again": "Otter-77-meadow"}
    buyer = {**_BUYER, "id": world.buyer, "email": "a@b.cn", "mobile": "13800138000", "is_person": ""}
    faults = {
        "drop_answer.rate": "0.1",
        "latency_ms.value": "1",
        "down_until.seconds": "",
        "profile.delay_ms": "0",
    }
    forms: dict[str, dict[str, str]] = {
        "issuing.submit": {**invoice(order), "do": "issue", "key": ""},
        "issuing.preview": {**invoice(order), "key": world.draft},
        "issuing.new": {"draft": world.draft, "copy": world.document, "again": ""},
        "issuing.index": {"tab": "issued", "before": world.document},
        "issuing.rows": {"ids": world.document, "tick": "1"}, "issuing.show": {"tick": "1"},
        "issuing.panel": {"tick": "1"}, "issuing.requeue": {"sure": "1", "version": "1"},
        "issuing.withdraw": {"sure": "1", "version": "1"},
        "issuing.lookup_buyers": {"q": "样例", "buyer.name": "样例", "buyer.tax_id": "9131"},
        "issuing.lookup_goods": {"q": "纸", "lines[0].name": "纸", "inclusive": "1"},
        "issuing.buyers": {"q": "样", "after": world.buyer}, "issuing.edit_buyer": {"id": world.buyer},
        "issuing.save_buyer": buyer, "archive.search": {"q": "339.00 今天", "after": "", "size": "20"},
        "archive.index": {"month": "2026-11", "after": world.original},
        "verify.index": {**claim, "after": world.check}, "verify.check": claim, "verify.public": claim,
        "verify.public_json": claim,
        "companies.save": {"name": "甲公司", "tax_id": taxpayer.invent("110108"), "region": "11",
                           "kind": "general", "address": "路", "phone": "010-62000000",
                           "bank": "银行", "account": "1109 2600", "drawer": "李云", "email": "a@b.cn",
                           "version": "0"},
        "accounts.apply": {**person, **card, **new}, "accounts.apply_invited": {**person, **card, **new},
        "accounts.strength": {**person, **new},
        "accounts.enter": {"login": world.users["viewer"].email, "password": PASSWORD, "stay": "1",
                           "next": "/"},
        "accounts.pass_second": {"code": "123456"}, "accounts.send_reset": {"email": person["email"]},
        "accounts.send_again": {"email": person["email"]},
        "accounts.check_mail": {"email": person["email"], "reset": "1"},
        "accounts.arrive": {"next": "/issuing/"}, "accounts.sign_in": {"next": "/issuing/"},
        "accounts.change_me": {"name": "张三", "mobile": "13800138000"},
        "accounts.change_password": {"current": PASSWORD, **new}, "accounts.reset_now": new,
        "accounts.enrol_now": {"current": PASSWORD, "code": "123456"},
        "accounts.renew_codes": {"current": PASSWORD},
        "accounts.switch_off": {"current": PASSWORD, "code": "123456"},
        "accounts.found_company": {"company": "丙公司", "tax_id": taxpayer.invent("110108"), "region": "11"},
        "accounts.answer": {"answer": "accept"},
        "accounts.invite": {"email": person["email"], "role": "viewer"},
        "accounts.change_role": {"role": "viewer"}, "bureau.change": faults,
        "bureau.preset": {"name": "calm"}, "bureau.show": {"part": "status"},
        "shell.switch_company": {"company": world.a},
        "shell.switch_language": {"locale": "zh", "next": "/issuing/"},
        "shell.switch_module": {"enabled": "1"}, "shell.settle_difference": {"note": "补登记"},
    }  # fmt: skip
    return dict(forms.get(endpoint, {}))
