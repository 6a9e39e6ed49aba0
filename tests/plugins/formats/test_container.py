"""Archives made to hurt are refused, each for its reason."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from plugins.formats import reading
from plugins.formats.container import MOST_BYTES, MOST_ENTRIES
from tests.plugins.formats import papers


def bomb() -> bytes:
    return papers.zipped({"OFD.xml": bytes(MOST_BYTES + 1)})


def ratio() -> bytes:
    return papers.zipped({"OFD.xml": bytes(10 * 1024 * 1024)})


def many() -> bytes:
    return papers.zipped({f"{n}": b"" for n in range(MOST_ENTRIES + 1)})


def outside() -> bytes:
    return papers.zipped({"../../etc/passwd": b"x"})


def twins() -> bytes:
    return papers.zipped({"OFD.xml": papers.OFD_ROOT, "ofd.XML": b"x"})


def link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("OFD.xml")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    content = bytearray(papers.zipped({"OFD.xml": b"x"}))
    at = content.rindex(b"PK\x01\x02")
    struct.pack_into("<H", content, at + 8, 1)
    return bytes(content)


def lying() -> bytes:
    content = bytearray(papers.zipped({"OFD.xml": papers.OFD_ROOT + " " * 5000}))
    at = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 10)
    return bytes(content)


def overlapping() -> bytes:
    content = bytearray(papers.zipped({"OFD.xml": papers.OFD_ROOT, "b.xml": papers.OFD_ROOT}))
    at = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 42, 0)
    return bytes(content)


def cut() -> bytes:
    return papers.ofd()[:-40]


HOSTILE: list[tuple[Callable[[], bytes], str]] = [
    (bomb, "FORMATS-ZIP-03"), (ratio, "FORMATS-ZIP-03"), (many, "FORMATS-ZIP-04"),
    (outside, "FORMATS-ZIP-05"),
    (twins, "FORMATS-ZIP-08"), (link, "FORMATS-ZIP-06"), (encrypted, "FORMATS-ZIP-07"),
    (lying, "FORMATS-ZIP-"), (overlapping, "FORMATS-ZIP-09"), (cut, "FORMATS-ZIP-01"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "code"), HOSTILE, ids=lambda value: getattr(value, "__name__", value))
def test_a_hostile_archive_is_refused(make: Callable[[], bytes], code: str) -> None:
    facts = reading.read("x.ofd", make())
    assert facts.values == {}
    assert facts.findings[-1].code.startswith(code), facts.findings


HOSTILE_XML = {
    "FORMATS-XML-02": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><EInvoice>&a;</EInvoice>',
    "FORMATS-XML-03": b"<EInvoice><EInvoiceData></EInvoice>",
    "FORMATS-XML-04": b"<a>" * 150 + b"</a>" * 150,
    "FORMATS-XML-06": b"<html><body>hello</body></html>",
    "FORMATS-XML-01": b"<a>" + b" " * (5 * 1024 * 1024) + b"</a>",
}


@pytest.mark.parametrize("code", HOSTILE_XML)
def test_hostile_xml_is_refused(code: str) -> None:
    facts = reading.read("x.xml", HOSTILE_XML[code])
    assert [finding.code for finding in facts.findings] == [code]


def test_a_doctype_in_another_encoding_is_refused() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><EInvoice/>'
    facts = reading.read("x.xml", text.encode("utf-16"))
    assert facts.findings[0].code == "FORMATS-XML-02"
