"""Draws the original of a simulated invoice: 数电票 XML in the skeleton of domain §2.1, marked as a specimen.

A pure function of the number, the facts and the issue time: the same bytes for ever. It carries no
signature and imitates none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from core.api import money
from plugins.bureau.assessment import plain_rate
from plugins.bureau.protocol import RED, SPECIAL, SPECIMEN

_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS = {"exempt": "免税", "untaxed": "不征税"}
_TAXPAYERS = {"general": ("1", "一般纳税人"), "small": ("2", "小规模纳税人")}
_PARTY = (("Addr", "address"), ("TelNum", "phone"), ("BankName", "bank"), ("BankAccNum", "account"))


def draw(number: str, issued_at: str, facts: dict[str, Any], taxpayer: str) -> bytes:
    """The XML of an issued number. `taxpayer` is the seller's kind: `general` or `small`."""
    root = etree.Element("EInvoice")
    root.addprevious(etree.Comment(f" {SPECIMEN} "))
    _header(etree.SubElement(root, "Header"), number, facts, taxpayer)
    data = etree.SubElement(root, "EInvoiceData")
    _party(etree.SubElement(data, "SellerInformation"), "Seller", facts["seller"])
    buyer = etree.SubElement(data, "BuyerInformation")
    _party(buyer, "Buyer", facts["buyer"])
    _texts(buyer, [("BuyerHandlingName", "")])
    _basic(etree.SubElement(data, "BasicInformation"), issued_at, facts)
    for line in facts["lines"]:
        _line(etree.SubElement(data, "IssuItemInformation"), line)
    _specific(etree.SubElement(data, "SpecificInformation"), facts)
    _texts(etree.SubElement(data, "AdditionalInformation"), [("Remark", facts.get("remark", ""))])
    _texts(etree.SubElement(root, "SellerAuthentication"), [("AuthenticationMethods", "01")])
    _texts(
        etree.SubElement(root, "TaxSupervisionInfo"),
        [
            ("InvoiceNumber", number),
            ("IssueTime", issued_at[:10]),
            ("TaxBureauCode", f"1{number[2:4]}00000000"),
            ("TaxBureauName", "模拟税务局(样票)"),
        ],
    )
    whole = root.getroottree()
    return bytes(etree.tostring(whole, encoding="utf-8", xml_declaration=True, standalone=True))


def _texts(parent: etree._Element, pairs: Iterable[tuple[str, object]]) -> None:
    for tag, value in pairs:
        text = str(value)
        element = etree.SubElement(parent, tag)
        if text:
            element.text = text if text.isprintable() else _ILLEGAL.sub("\ufffd", text)


def _header(header: etree._Element, number: str, facts: dict[str, Any], taxpayer: str) -> None:
    _texts(header, [("EIid", number), ("EInvoiceTag", f"SWEI{number[2:4]}00"), ("Version", "0.31")])
    inherent = etree.SubElement(header, "InherentLabel")
    blue = "N" if facts["side"] == RED else "Y"
    special = ("01", "增值税专用发票") if facts["kind"] == SPECIAL else ("02", "普通发票")
    for tag, code, name in (
        ("InIssuType", blue, "是否蓝字发票标志"),
        ("EInvoiceType", "01", "电子发票"),
        ("GeneralOrSpecialVAT", *special),
        ("TaxpayerType", *_TAXPAYERS.get(taxpayer, _TAXPAYERS["general"])),
    ):
        _texts(etree.SubElement(inherent, tag), [("LabelCode", code), ("LabelName", name)])
    label = etree.SubElement(etree.SubElement(header, "UndefinedLabel"), "Label")
    _texts(label, [("LabelType", "样票标志"), ("LabelCode", "SPECIMEN"), ("LabelName", SPECIMEN)])


def _party(parent: etree._Element, side: str, party: dict[str, Any]) -> None:
    _texts(parent, [(f"{side}IdNum", party.get("tax_id", "")), (f"{side}Name", party["name"])])
    _texts(parent, [(side + tag, party.get(name, "")) for tag, name in _PARTY])


def _basic(parent: etree._Element, issued_at: str, facts: dict[str, Any]) -> None:
    _texts(
        parent,
        [
            ("TotalAmWithoutTax", money.yuan(facts["amount"])),
            ("TotalTaxAm", money.yuan(facts["tax"])),
            ("TotalTax-includedAmount", money.yuan(facts["total"])),
            ("TotalTax-includedAmountInChinese", money.capitals(facts["total"])),
            ("Drawer", facts.get("drawer", "")),
            ("RequestTime", issued_at[:19].replace("T", " ")),
        ],
    )


def _line(parent: etree._Element, line: dict[str, Any]) -> None:
    counted = [] if line.get("discount") else [("Quantity", "quantity"), ("UnPrice", "price")]
    rate = plain_rate(line["rate"])
    _texts(parent, [("ItemName", line["label"]), ("SpecMod", line.get("spec", ""))])
    _texts(parent, [("MeaUnits", line.get("unit", ""))])
    _texts(parent, [(tag, line.get(name, "")) for tag, name in counted])
    _texts(
        parent,
        [
            ("Amount", money.yuan(line["amount"])),
            ("TaxRate", _WORDS.get(rate, rate)),
            ("ComTaxAm", money.yuan(line["tax"])),
            ("TotaltaxIncludedAmount", money.yuan(line["amount"] + line["tax"])),
            ("TaxClassificationCode", line.get("code", "")),
        ],
    )


def _specific(parent: etree._Element, facts: dict[str, Any]) -> None:
    if facts["side"] == RED:
        note = facts.get("confirmation", "")
        red = etree.SubElement(parent, "RedEInvoice")
        _texts(red, [("OriginalInvoiceCode", facts["red_of"]), ("CreditNoteNumber", note)])
