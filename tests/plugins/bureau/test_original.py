from __future__ import annotations

from typing import Any

from lxml import etree

from plugins.bureau import protocol
from plugins.bureau.original import draw
from tests.plugins.bureau.conftest import Orders

NUMBER = "26110000000000000001"
AT = "2026-11-24T10:00:00+08:00"


def facts(order: Orders, **more: Any) -> dict[str, Any]:
    known: dict[str, Any] = protocol.order("S1", order("S1", **more).invoice, "")["invoice"]
    return known


def test_the_skeleton_and_the_specimen_mark(order: Orders) -> None:
    xml = draw(NUMBER, AT, facts(order, kind="special"), "general")
    root = etree.fromstring(xml)
    assert xml.startswith(b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<!-- ")
    assert protocol.SPECIMEN in xml[:200].decode()
    assert root.tag == "EInvoice"
    assert root.findtext("Header/EIid") == root.findtext("TaxSupervisionInfo/InvoiceNumber") == NUMBER
    assert root.findtext("Header/InherentLabel/GeneralOrSpecialVAT/LabelCode") == "01"
    assert root.findtext("Header/UndefinedLabel/Label/LabelType") == "样票标志"
    assert root.findtext("Header/UndefinedLabel/Label/LabelName") == protocol.SPECIMEN
    assert root.findtext("TaxSupervisionInfo/TaxBureauName") == "模拟税务局(样票)"
    assert root.find("TaxBureauSignature") is None
    basic = root.find("EInvoiceData/BasicInformation")
    assert [child.text for child in basic] == [
        "100.00", "6.00", "106.00", "壹佰零陆圆整", "张三", "2026-11-24 10:00:00",
    ]  # fmt: skip
    line = root.find("EInvoiceData/IssuItemInformation")
    assert line.findtext("ItemName") == "*信息技术服务*软件开发"
    assert line.findtext("TotaltaxIncludedAmount") == "106.00"


def test_it_is_the_same_bytes_for_ever(order: Orders) -> None:
    known = facts(order)
    assert draw(NUMBER, AT, known, "general") == draw(NUMBER, AT, known, "general")


def test_a_red_one_names_its_blue(order: Orders) -> None:
    red = facts(order, yuan="-100.00", side="red", red_of=NUMBER, extra={"red_confirmation": "R-1"})
    root = etree.fromstring(draw(NUMBER[:-1] + "2", AT, red, "small"))
    assert root.findtext("Header/InherentLabel/InIssuType/LabelCode") == "N"
    note = root.find("EInvoiceData/SpecificInformation/RedEInvoice")
    assert [child.text for child in note] == [NUMBER, "R-1"]
    assert root.findtext("EInvoiceData/BasicInformation/TotalTax-includedAmountInChinese").startswith(
        "（负数）"
    )


def test_characters_that_xml_cannot_hold_do_not_break_it(order: Orders) -> None:
    root = etree.fromstring(draw(NUMBER, AT, facts(order, remark="a\x00b\x0bc<&>\ue000"), "general"))
    assert root.findtext("EInvoiceData/AdditionalInformation/Remark") == "a\ufffdb\ufffdc<&>\ue000"
