"""Structured data that older invoices carry inside: the `eInvoice` of the bureau's OFD and XBRL instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from plugins.formats import values, voucher
from plugins.formats.facts import Clue, Facts, LineFacts, Unreadable
from plugins.formats.voucher import local, put

Norm = Callable[[str], str | None]

FIELDS: dict[str, tuple[str, Norm]] = {
    "InvoiceCode": ("code", lambda text: values.digits(text, 10, 12)),
    "InvoiceNo": ("number", values.invoice_number),
    "IssueDate": ("issue_date", values.day),
    "InvoiceCheckCode": ("check_code", values.check_code),
    "BuyerName": ("buyer.name", values.name),
    "BuyerTaxID": ("buyer.tax_id", values.tax_id),
    "SellerName": ("seller.name", values.name),
    "SellerTaxID": ("seller.tax_id", values.tax_id),
    "TaxExclusiveTotalAmount": ("amount", values.money),
    "TaxTotalAmount": ("tax", values.money),
    "TaxInclusiveTotalAmount": ("total", values.money),
}
"""Elements of http://www.edrm.org.cn/schema/e-invoice/2019, which custom tags use, too."""

_XBRL: dict[str, tuple[str, Norm]] = {
    "CodeOfInvoice": FIELDS["InvoiceCode"],
    "NumberOfInvoice": FIELDS["InvoiceNo"],
    "InvoiceNumber": FIELDS["InvoiceNo"],
    "DateOfIssue": FIELDS["IssueDate"],
    "RequestTime": FIELDS["IssueDate"],
    "IdentifyingCode": FIELDS["InvoiceCheckCode"],
    "NameOfPurchaser": FIELDS["BuyerName"],
    "BuyerName": FIELDS["BuyerName"],
    "TaxpayerIdentificationNumberOfPurchaser": FIELDS["BuyerTaxID"],
    "UnifiedSocialCreditCodeOrTaxpayerIdentificationNumberOfPurchaser": FIELDS["BuyerTaxID"],
    "BuyerIdNum": FIELDS["BuyerTaxID"],
    "NameOfSeller": FIELDS["SellerName"],
    "SellerName": FIELDS["SellerName"],
    "TaxpayerIdentificationNumberOfSeller": FIELDS["SellerTaxID"],
    "UnifiedSocialCreditCodeOrTaxpayerIdentificationNumberOfSeller": FIELDS["SellerTaxID"],
    "SellerIdNum": FIELDS["SellerTaxID"],
    "TotalAmount": FIELDS["TaxExclusiveTotalAmount"],
    "TotalAmountExcludingTax": FIELDS["TaxExclusiveTotalAmount"],
    "TotalAmWithoutTax": FIELDS["TaxExclusiveTotalAmount"],
    "TotalTaxAmount": FIELDS["TaxTotalAmount"],
    "TotalTaxAm": FIELDS["TaxTotalAmount"],
    "TotalAmountIncludingTax": FIELDS["TaxInclusiveTotalAmount"],
    "TotalTax-includedAmount": FIELDS["TaxInclusiveTotalAmount"],
}

_LEAF: dict[str, tuple[str, Norm]] = {
    "Item": ("name", values.name), "Specification": ("spec", values.name),
    "MeasurementDimension": ("unit", values.name), "Quantity": ("quantity", values.number),
    "Price": ("price", values.number), "Amount": ("amount", values.money),
    "TaxScheme": ("tax_rate", values.rate), "TaxAmount": ("tax", values.money),
}  # fmt: skip

KIND_BY_CODE = {"11": "10", "12": "14", "13": "08", "04": "04", "05": "04", "06": "11", "07": "11"}
"""The last two digits of a code of twelve that begins with 0 to the kind."""


def clue(content: bytes, facts: Facts) -> Clue | None:
    """What an attached file says; None where it is no invoice's data."""
    try:
        root = voucher.parse(content)
    except Unreadable:
        return None
    if voucher.is_voucher(root):
        return voucher.clue(root, facts)
    name = local(root)
    if name == "eInvoice":
        return _edrm(root)
    return _xbrl(root) if name == "xbrl" else None


def kind_of(code: str | None) -> str | None:
    """The kind that an older invoice's code tells."""
    if not code:
        return None
    if len(code) == 12 and code.startswith("0"):
        return KIND_BY_CODE.get(code[10:])
    if len(code) == 12 and code.startswith("1"):
        return "20"
    return {"1": "01", "5": "01", "3": "04", "6": "04"}.get(code[7]) if len(code) == 10 else None


def _edrm(root: etree._Element) -> Clue:
    found = Clue("xml")
    for element in root.iter():
        if local(element) in FIELDS and element.text:
            path, norm = FIELDS[local(element)]
            put(found, path, norm(element.text))
    _complete(found)
    found.lines = list(_edrm_lines(root))
    return found


def _complete(found: Clue) -> None:
    put(found, "kind", kind_of(found.values.get("code")))
    # An untaxed invoice prints *** for its tax: its total is its amount.
    if "tax" not in found.values and found.values.get("amount") == found.values.get("total"):
        found.values.pop("tax", None)


def _edrm_lines(root: etree._Element) -> Iterator[LineFacts]:
    for element in root.iter():
        if local(element) == "GoodsInfo":
            said: dict[str, str | None] = {}
            for part in element.iter():
                if local(part) in _LEAF and part.text and part.text.strip():
                    name, norm = _LEAF[local(part)]
                    said[name] = norm(part.text)
            if said:
                yield LineFacts(**said)


def _xbrl(root: etree._Element) -> Clue:
    found = Clue("xml")
    for element in root.iter():
        if local(element) in _XBRL and element.text:
            path, norm = _XBRL[local(element)]
            put(found, path, norm(element.text))
    _complete(found)
    return found
