"""Uploaded files are read in a child, checked against the ledger, and shown with what is odd about them."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator

import pytest

from core import posting, registry, scope
from core.app import create_app
from plugins.verify.tables import Checked
from tests.conftest import OpenHouse
from tests.contract.source import ROOT
from tests.factories import SELLER
from tests.plugins.archive import standin
from tests.plugins.archive.standin import HEADER
from tests.plugins.formats import papers
from tests.puppet import PuppetChannel

Upload = tuple[str, bytes]


class Desk:
    """A finance clerk who uploads."""

    def __init__(self, open_house: OpenHouse, *modules: str) -> None:
        self.house = open_house(*modules)
        standin.add_to(self.house)
        posting.furnish([], [PuppetChannel()])
        self.company = registry.create_company(SELLER.name, SELLER.tax_id, "11")
        app = create_app(self.house)
        app.config["WTF_CSRF_ENABLED"] = False
        self.client = app.test_client()

    def upload(self, *files: Upload) -> tuple[int, str]:
        data = {"files": [(io.BytesIO(content), name) for name, content in files]}
        headers = {HEADER: f"finance@{self.company}"}
        answer = self.client.post("/verify/upload", data=data, headers=headers)
        return answer.status_code, answer.text


@pytest.fixture
def desk(open_house: OpenHouse) -> Iterator[Desk]:
    made = Desk(open_house, "verify", "formats")
    with scope.opened(made.company, "user-1"):
        yield made


def test_hook_choose_facts_reads_many_files_at_once(desk: Desk) -> None:
    status, page = desk.upload(
        ("a.xml", papers.VOUCHER.encode()),
        ("b.ofd", papers.ofd()),
        ("c.png", papers.picture()),
        ("d.txt", b"hello"),
    )
    assert status == 200
    assert page.count(papers.NUMBER) >= 3
    assert page.count("不在本公司账本中") == 3
    assert "不是 XML、OFD、PDF 或图片文件" in page
    assert "没有读到发票" in page
    assert Checked.select().count() == 3


def test_clues_that_disagree_are_shown_and_nothing_is_claimed(desk: Desk) -> None:
    _, page = desk.upload(("a.ofd", papers.ofd(papers.VOUCHER.replace("1060.00", "1061.00"))))
    assert "来源之间不一致" in page
    assert "只读取,未核对" in page
    assert Checked.select().count() == 0


def test_a_name_is_shown_and_never_believed(desk: Desk) -> None:
    _, page = desk.upload(("../../<script>alert(1)</script>.xml", papers.VOUCHER.encode()))
    assert "<script>alert" not in page
    assert papers.NUMBER in page


def test_nothing_chosen_names_the_field_and_the_remedy(desk: Desk) -> None:
    status, page = desk.upload()
    assert status == 422
    assert "请选择文件" in page
    assert "可以一次选择多个" in page


def test_a_bomb_costs_a_child_and_nothing_else(desk: Desk) -> None:
    hidden = b"%PDF-1.4\n" + b"1 0 obj<</Length 99>>stream\n" + bytes(1000)
    status, page = desk.upload(
        ("bomb.ofd", papers.zipped({"OFD.xml": bytes(60 * 1024 * 1024)})), ("b.pdf", hidden)
    )
    assert status == 200
    assert "压缩包解开后过大" in page
    assert "PDF 无法打开" in page
    assert desk.upload(("a.xml", papers.VOUCHER.encode()))[0] == 200


def test_without_a_module_that_reads_it_says_so(open_house: OpenHouse) -> None:
    desk = Desk(open_house, "verify")
    status, page = desk.upload(("a.xml", papers.VOUCHER.encode()))
    assert status == 503
    assert "版式文件" in page


def test_the_web_process_never_loads_what_parses_strangers_bytes() -> None:
    modules = "core.app, plugins.verify.plugin, plugins.formats.plugin, plugins.templates.plugin"
    parsers = ["lxml.etree", "pypdfium2", "zxingcpp", "PIL.Image", "xhtml2pdf"]
    code = f"import sys; import {modules}; print([m for m in {parsers} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
