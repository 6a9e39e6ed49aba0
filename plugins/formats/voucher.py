"""The XML of a fully digital invoice (数电票 `EInvoice`): the legal voucher itself.

Read by full paths: `TotalTax-includedAmount` of the document and `TotaltaxIncludedAmount` of a line are two
things. Elements that are absent and elements that are empty mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from plugins.formats import values
from plugins.formats.facts import Clue, Facts, Finding, LineFacts, Signature, Unreadable

LARGEST, DEEPEST, MOST_NODES, MOST_ATTRIBUTES = 5 * 1024 * 1024, 100, 200_000, 200
"""Bytes, depth, elements, attributes of one element: more than any invoice has (reliability §7.8)."""

_KINDS = {"01": "31", "02": "32"}
"""`GeneralOrSpecialVAT` to the codes of the QR and the verification service."""
_DATA = "EInvoiceData"
_PLACES = {
    "seller.name": f"{_DATA}/SellerInformation/SellerName",
    "buyer.name": f"{_DATA}/BuyerInformation/BuyerName",
}
_IDS = {
    "seller.tax_id": f"{_DATA}/SellerInformation/SellerIdNum",
    "buyer.tax_id": f"{_DATA}/BuyerInformation/BuyerIdNum",
}
_SUMS = {
    "amount": f"{_DATA}/BasicInformation/TotalAmWithoutTax",
    "tax": f"{_DATA}/BasicInformation/TotalTaxAm",
    "total": f"{_DATA}/BasicInformation/TotalTax-includedAmount",
}


def parse(content: bytes) -> etree._Element:
    """Parse an XML document from outside: no DTD, no entities, no network, bounded.

    :raise Unreadable: it is not well formed, has a DTD, or is larger or deeper than any invoice.
    """
    if len(content) > LARGEST:
        raise Unreadable("FORMATS-XML-01", "XML 超过 5 MB,不是发票")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unreadable("FORMATS-XML-02", "XML 含有 DTD 声明,出于安全不予读取")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("FORMATS-XML-03", "XML 格式不正确:%(reason)s", reason=str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable("FORMATS-XML-02", "XML 含有 DTD 声明,出于安全不予读取")
    _measure(root)
    return root


def _measure(root: etree._Element) -> None:
    depth = nodes = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        nodes += event == "start"
        if depth > DEEPEST or nodes > MOST_NODES or len(element.attrib) > MOST_ATTRIBUTES:
            raise Unreadable("FORMATS-XML-04", "XML 结构过深或过大,不是发票")


def local(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return str(etree.QName(element).localname)


def is_voucher(root: etree._Element) -> bool:
    """Whether this is the XML of a fully digital invoice."""
    return local(root) in ("EInvoice", "Einvoice") and _at(root, _DATA) is not None


def _at(root: etree._Element, path: str) -> etree._Element | None:
    here: etree._Element | None = root
    for step in path.split("/"):
        here = next((child for child in here if local(child) == step), None) if here is not None else None
    return here


def _text(root: etree._Element, path: str) -> str:
    found = _at(root, path)
    return (found.text or "").strip() if found is not None else ""


def clue(root: etree._Element, facts: Facts) -> Clue:
    """What the voucher says; oddities of it go to the findings."""
    found = Clue("xml")
    put(found, "kind", _KINDS.get(_text(root, "Header/InherentLabel/GeneralOrSpecialVAT/LabelCode")))
    inner, outer = _text(root, "Header/EIid"), _text(root, "TaxSupervisionInfo/InvoiceNumber")
    if inner and outer and inner != outer:
        facts.findings.append(
            Finding("FORMATS-XML-05", "error", "number", "发票号码与监管信息中的号码不一致")
        )
    else:
        put(found, "number", values.invoice_number(outer or inner))
    requested = _text(root, f"{_DATA}/BasicInformation/RequestTime")
    put(found, "issue_date", values.day(_text(root, "TaxSupervisionInfo/IssueTime") or requested))
    for path, place in _PLACES.items():
        put(found, path, values.name(_text(root, place)))
    for path, place in _IDS.items():
        put(found, path, values.tax_id(_text(root, place)))
    for path, place in _SUMS.items():
        put(found, path, values.money(_text(root, place)))
    found.lines = list(_lines(root))
    return found


def put(found: Clue, path: str, value: str | None) -> None:
    """Note a value, if there is one."""
    if value is not None:
        found.values[path] = value


def _lines(root: etree._Element) -> Iterator[LineFacts]:
    data = _at(root, _DATA)
    for item in data if data is not None else ():
        if local(item) == "IssuItemInformation":
            yield LineFacts(
                name=values.name(_text(item, "ItemName")),
                spec=values.name(_text(item, "SpecMod")),
                unit=values.name(_text(item, "MeaUnits")),
                quantity=values.number(_text(item, "Quantity")),
                price=values.number(_text(item, "UnPrice")),
                amount=values.money(_text(item, "Amount")),
                tax_rate=values.rate(_text(item, "TaxRate")),
                tax=values.money(_text(item, "ComTaxAm")),
            )


def signature(root: etree._Element) -> Signature:
    """The bureau's signature: there or not. How its parts are put in canonical form is published nowhere,
    so that nobody outside the bureau can check it offline."""
    if not _text(root, "TaxBureauSignature/SignatureValue"):
        return Signature(False)
    signer = _text(root, "TaxSupervisionInfo/TaxBureauName") or None
    return Signature(True, None, None, signer, "XML 的税局签名无法离线验证,请以税局查验结果为准")
