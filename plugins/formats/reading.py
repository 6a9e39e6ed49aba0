"""Reads one file, whatever it is: by its bytes, never by its name."""

from __future__ import annotations

import json
from collections.abc import Callable

from plugins.formats import doubts, weighing
from plugins.formats.facts import Clue, Facts, Finding, Unreadable

LARGEST = 20 * 1024 * 1024
"""Bytes of one file (reliability §7.8)."""

Reader = Callable[[bytes, Facts], list[Clue]]

_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"), (b"PK\x03\x04", "zip"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"), (b"MM\x00*", "tiff"), (b"RIFF", "webp"), (b"BM", "bmp"), (b"GIF8", "gif"),
)  # fmt: skip
_BLANKS = b" \t\r\n\0\xef\xbb\xbf"


def kind_of(content: bytes) -> str:
    """What the bytes are: `pdf`, `zip` (an OFD is one), `xml`, an image's kind, or nothing known."""
    head = content[:1024]
    for mark, kind in _HEADS:
        if head.startswith(mark):
            return kind
    if b"%PDF-" in head:
        return "pdf"
    return "xml" if head.lstrip(_BLANKS).startswith(b"<") or head[:2] in (b"\xff\xfe", b"\xfe\xff") else ""


def read(name: str, content: bytes) -> Facts:
    """Read a file. What cannot be read at all has an error among its findings, and no facts.

    :param name: as it is called where it came from; shown, never believed.
    """
    facts = Facts(name, kind_of(content) or "unknown")
    try:
        if len(content) > LARGEST:
            raise Unreadable("FORMATS-SIZE-01", "文件超过 20 MB")
        if not content:
            raise Unreadable("FORMATS-SIZE-02", "文件是空的")
        clues = reader(facts.format)(content, facts)
        weighing.weigh(facts, clues)
        doubts.settle(facts)
        if not facts.values and not _has_error(facts):
            raise Unreadable("FORMATS-NOTHING-01", "文件里没有找到发票信息")
    except Unreadable as error:
        facts.values.clear()
        facts.sources.clear()
        facts.lines.clear()
        facts.findings.append(error.finding)
    return facts


def missing(name: str, reason: str) -> Facts:
    """A file that is not there to be read."""
    finding = Finding("FORMATS-FILE-01", "error", "", "文件无法打开:%(reason)s", {"reason": reason})
    return Facts(name, "unknown", findings=[finding])


def _has_error(facts: Facts) -> bool:
    return any(finding.severity == "error" for finding in facts.findings)


def is_read(facts: Facts) -> bool:
    """Whether a file was read: it says something of an invoice."""
    return bool(facts.values)


def reader(kind: str) -> Reader:
    # Each reader brings its own library: a server that never sees a PDF never loads one.
    if kind == "xml":
        return _xml
    if kind == "zip":
        from plugins.formats import ofd

        return ofd.clues
    if kind == "pdf":
        from plugins.formats import pdf

        return pdf.clues
    if kind != "unknown":
        from plugins.formats import image

        return image.clues
    raise Unreadable("FORMATS-KIND-01", "不是 XML、OFD、PDF 或图片文件")


def _xml(content: bytes, facts: Facts) -> list[Clue]:
    from plugins.formats import voucher

    root = voucher.parse(content)
    if not voucher.is_voucher(root):
        raise Unreadable("FORMATS-XML-06", "XML 不是数电发票")
    facts.signature = voucher.signature(root)
    return [voucher.clue(root, facts)]


def read_json(payload: bytes) -> bytes:
    """For a capped child: a line with the file's name, then its bytes; back comes the object as JSON."""
    name, _, content = payload.partition(b"\n")
    return json.dumps(read(name.decode(errors="replace"), content).as_dict(), ensure_ascii=False).encode()
