"""Designs that somebody wrote: drawn in the child, read back, and never against the facts."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from core.capped import Refused
from plugins.templates import agreement, render
from tests.contract.source import ROOT

STYLE = "@page { size: 595pt 842pt; margin: 20pt } html, body, p { display: block } p { color: {{ ink }} }"
BODY = (
    "<p>{{ f.title }} {{ f.number }} {{ f.day }} ¥{{ f.total }}</p><p>{{ f.capitals | broken }}</p>"
    "<p>{{ f.buyer | broken }} {{ f.buyer_id }}</p><p>{{ f.seller | broken }} {{ f.seller_id }}</p>"
)


def refusal(document: Any, style: str, body: str) -> str:
    with pytest.raises(Refused) as caught:
        render.render_by(document, style, body)
    assert caught.value.kind == "error"
    return caught.value.detail


def test_a_plain_design_is_drawn(doc: Any, text: Any) -> None:
    pdf = render.render_by(doc(), STYLE, BODY)
    assert "¥15,438.21" in text(pdf)
    assert "样票" in text(pdf)
    assert render.render_by(doc(), STYLE, BODY) == pdf


def test_a_fact_left_out_is_named(doc: Any) -> None:
    assert "价税合计" in refusal(doc(), STYLE, BODY.replace("{{ f.total }}", ""))
    assert "购买方税号" in refusal(doc(), STYLE, BODY.replace("{{ f.buyer_id }}", ""))


def test_a_fact_off_the_page_is_left_out(doc: Any) -> None:
    frame = "@frame a { left: 900pt; top: 20pt; width: 400pt; height: 800pt }"
    style = STYLE.replace("@page { size: 595pt 842pt; margin: 20pt", "@page { size: 595pt 842pt; " + frame)
    assert "价税合计" in refusal(doc(), style, BODY)


def test_an_amount_of_nobodys_is_named(doc: Any) -> None:
    assert "9.99" in refusal(doc(), STYLE, BODY + "<p>合计 ¥9.99</p>")


def test_amounts_in_foreign_text_are_the_documents_own(doc: Any) -> None:
    document = doc(remark="订金 ¥9.99 已付", drawer="¥1.00")
    assert render.render_pdf(document).startswith(b"%PDF")
    assert "9.99" in agreement.texts(render.render_pdf(document))


def test_an_order_crosses_whole(doc: Any) -> None:
    order = render.Order.of(doc())
    assert render.Order.from_dict(order.as_dict()) == order


def test_three_hundred_lines_are_drawn(doc: Any, line: Any) -> None:
    found = render.render_pdf(doc(*(line(f"零件{n}", "1", "19.9") for n in range(300))))
    assert found.startswith(b"%PDF")


def test_the_server_loads_nothing_that_draws() -> None:
    code = (
        "import sys\nfrom plugins.templates import plugin, render, sample, views\n"
        "document = sample.Sample(sample.draft('ordinary'))\n"
        "assert render.render_pdf(document).startswith(b'%PDF')\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    drawing = {"xhtml2pdf", "reportlab", "PIL", "zxingcpp", "html5lib", "nh3", "pypdf", "svglib", "pypdfium2"}
    assert not drawing & set(done.stdout.split())
