"""What is read is right, and what cannot be known is null."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from plugins.formats import reading
from plugins.formats.facts import Facts
from tests.contract.source import ROOT
from tests.plugins.formats import papers

SAMPLES = Path(os.environ.get("FAPIAO_SAMPLES", ROOT.parent / "shared" / "samples"))


def codes(facts: Facts) -> list[str]:
    return [finding.code for finding in facts.findings]


def test_the_legal_voucher_is_read_whole() -> None:
    facts = reading.read("a.xml", papers.VOUCHER.encode())
    said = facts.as_dict()
    assert facts.findings == []
    assert (said["format"], said["kind"], said["number"], said["issue_date"]) == (
        "xml", "31", papers.NUMBER, "2026-11-24")  # fmt: skip
    assert said["buyer"] == {"name": "上海样例贸易有限公司", "tax_id": papers.BUYER_ID}
    assert (said["amount"], said["tax"], said["total"]) == ("1000.00", "60.00", "1060.00")
    line = {"name": "*信息技术服务*软件开发", "spec": None, "unit": "项", "quantity": "1", "price": "1000",
            "amount": "1000.00", "tax_rate": "0.06", "tax": "60.00"}  # fmt: skip
    assert said["lines"] == [line]
    assert said["signature"]["present"] is True
    assert said["signature"]["valid"] is None
    assert set(said["sources"].values()) == {"xml"}


def test_tags_of_an_ofd_are_followed_to_what_they_print() -> None:
    facts = reading.read("a.ofd", papers.ofd())
    assert facts.format == "ofd"
    assert facts.values == {"number": papers.NUMBER, "issue_date": "2026-11-24", "total": "1060.00"}
    assert set(facts.sources.values()) == {"tags"}


def test_attached_data_of_an_older_ofd() -> None:
    facts = reading.read("a.ofd", papers.ofd(papers.OLDER, tags="<root/>"))
    assert facts.values == {
        "kind": "10", "code": "031002600111", "number": "00012345", "issue_date": "2026-11-24",
        "check_code": "01234567890123456789", "buyer.name": "个人", "seller.name": "北京示例科技有限公司",
        "seller.tax_id": papers.SELLER_ID, "amount": "57.00", "total": "57.00",
    }  # fmt: skip
    assert [(line.name, line.tax_rate) for line in facts.lines] == [("*餐饮服务*餐费", "免税")]


def test_clues_that_disagree_give_null_and_say_so() -> None:
    facts = reading.read("a.ofd", papers.ofd(papers.VOUCHER.replace("1060.00", "1061.00")))
    assert "total" not in facts.values
    assert "FORMATS-DIFFER-01" in codes(facts)
    assert facts.values["number"] == papers.NUMBER


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
def test_a_picture_is_read_by_its_code(kind: str) -> None:
    facts = reading.read("a", papers.picture(kind=kind))
    assert facts.values == {
        "kind": "31",
        "number": papers.NUMBER,
        "issue_date": "2026-11-24",
        "total": "1060.00",
    }
    assert set(facts.sources.values()) == {"qr"}


def test_an_older_code_states_the_amount_without_tax() -> None:
    text = "01,10,031002600111,00012345,57,20261124,01234567890123456789,ABCD,"
    facts = reading.read("a", papers.picture(text))
    assert facts.values["amount"] == "57.00"
    assert "total" not in facts.values


def test_a_pdf_is_read_by_its_code() -> None:
    facts = reading.read("a.pdf", papers.pdf())
    assert facts.values["number"] == papers.NUMBER
    assert facts.values["total"] == "1060.00"


def test_two_invoices_on_one_picture_are_none() -> None:
    first, second = papers.code(), papers.code(f"01,31,,{papers.NUMBER[:-1]}9,5.00,20261124,,ABCD")
    both = Image.new("L", (first.width + second.width, max(first.height, second.height)), 255)
    both.paste(first, (0, 0))
    both.paste(second, (first.width, 0))
    out = io.BytesIO()
    both.save(out, "PNG")
    facts = reading.read("a.png", out.getvalue())
    assert facts.values == {}
    assert codes(facts)[0] == "FORMATS-QR-01"


def test_a_toll_archive_is_read_by_its_members() -> None:
    facts = reading.read("a.zip", papers.zipped({"xml/a.xml": papers.VOUCHER, "pdf/a.pdf": papers.pdf()}))
    assert facts.format == "zip"
    assert facts.values["total"] == "1060.00"
    assert facts.sources["total"] == "xml"


DOUBTS = {
    "FORMATS-DOUBT-01": papers.VOUCHER.replace(papers.NUMBER, "01234567890123456789"),
    "FORMATS-DOUBT-02": papers.VOUCHER.replace("上海样例贸易有限公司", "上海XX贸易有限公司"),
    "FORMATS-DOUBT-03": papers.VOUCHER.replace(papers.BUYER_ID, papers.BUYER_ID[:-1] + "A"),
    "FORMATS-XML-05": papers.VOUCHER.replace(f"<EIid>{papers.NUMBER}", f"<EIid>{papers.NUMBER[:-1]}9"),
    "FORMATS-SUM-01": papers.VOUCHER.replace("<TotalTaxAm>60.00", "<TotalTaxAm>61.00"),
    "FORMATS-SUM-02": papers.VOUCHER.replace("<Amount>1000.00", "<Amount>999.00"),
}


@pytest.mark.parametrize("code", DOUBTS)
def test_what_cannot_be_true_is_found(code: str) -> None:
    assert code in codes(reading.read("a.xml", DOUBTS[code].encode()))


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "core.cli", "read", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_the_program_reads_without_company_or_data(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.xml", tmp_path / "b.txt"
    good.write_text(papers.VOUCHER)
    bad.write_text("hello")
    done = program(str(good))
    assert (done.returncode, "1060.00" in done.stdout) == (0, True), done.stderr
    done = program("--json", str(good), str(bad), str(tmp_path / "none"))
    assert done.returncode == 1, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["number"] == papers.NUMBER
    assert [line["findings"][0]["code"] for line in lines[1:]] == ["FORMATS-KIND-01", "FORMATS-FILE-01"]


def test_it_runs_in_a_capped_child() -> None:
    answer = json.loads(reading.read_json(b"a.xml\n" + papers.VOUCHER.encode()))
    assert answer["number"] == papers.NUMBER


TRUTH = {"code": "code", "number": "number", "issue_date": "date", "buyer.name": "buyer",
         "buyer.tax_id": "buyer_tax_id", "seller.name": "seller", "seller.tax_id": "seller_tax_id",
         "amount": "amount_excl_tax", "tax": "tax", "total": "total", "check_code": "check_code"}  # fmt: skip


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="real samples are not beside this checkout")
def test_nothing_read_from_real_files_is_wrong() -> None:
    right = 0
    for line in (SAMPLES / "catalog.jsonl").read_text().splitlines():
        true = json.loads(line)
        facts = reading.read(true["file"], (SAMPLES / true["file"]).read_bytes())
        for path, name in TRUTH.items():
            if path in facts.values:
                assert facts.values[path] == true[name], (true["file"], path)
                right += 1
    assert right > 150


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="real samples are not beside this checkout")
def test_every_other_real_file_is_survived_with_a_reason() -> None:
    for line in (SAMPLES / "catalog-others.jsonl").read_text().splitlines():
        name = json.loads(line)["file"]
        facts = reading.read(name, (SAMPLES / name).read_bytes())
        assert facts.values or facts.findings, name
