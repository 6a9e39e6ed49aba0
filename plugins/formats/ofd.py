"""OFD invoices, and archives that hold invoices: data attached, tags, printed pages, QR codes."""

from __future__ import annotations

from collections.abc import Iterator

from plugins.formats import attached, image, layout, ofd_page, ofd_tags, reading, scan
from plugins.formats.container import Container
from plugins.formats.facts import Clue, Facts, Finding, Unreadable
from plugins.formats.ofd_package import ROOT, Package

_PICTURES = frozenset({"png", "jpeg", "bmp", "gif", "tiff", "webp"})

MOST_READ = 20
"""Pages whose text is read."""
MOST_MEMBERS = 20
"""Invoices of one archive; more are an upload of many."""


def clues(content: bytes, facts: Facts) -> list[Clue]:
    """What each source of an OFD, or of the files of a plain archive, says."""
    container = Container(content)
    if ROOT not in container:
        return _members(container, facts)
    facts.format = "ofd"
    package = Package(container)
    found = [clue for _, data in package.attachments() if (clue := attached.clue(data, facts)) is not None]
    tagged = ofd_tags.clue(package)
    found += [tagged] if tagged else []
    printed = layout.clue([ofd_page.page_of(runs) for runs in package.pages[:MOST_READ]], facts)
    found += [printed] if printed else []
    scanned = scan.clue(list(_codes(package)), facts)
    found += [scanned] if scanned else []
    if not found:
        raise Unreadable("FORMATS-OFD-03", "OFD 里没有找到发票信息")
    return found


def _codes(package: Package) -> Iterator[str]:
    for name in package.container.names():
        if reading.kind_of(package.container.read(name)[:64]) in _PICTURES:
            try:
                yield from scan.texts(image.opened(package.container.read(name)))
            except Unreadable:
                # A picture that cannot be opened is no code; the signature judges its bytes.
                continue


def _members(container: Container, facts: Facts) -> list[Clue]:
    found: list[Clue] = []
    names = [name for name in container.names() if name.lower().endswith((".xml", ".ofd", ".pdf"))]
    if len(names) > MOST_MEMBERS:
        raise Unreadable("FORMATS-ZIP-10", "压缩包里有多张发票:请解开后批量上传")
    for name in names:
        content = container.read(name)
        kind = reading.kind_of(content)
        if kind == "zip" and ROOT not in Container(content):
            facts.findings.append(Finding("FORMATS-ZIP-11", "warn", name, "压缩包里的压缩包不予读取"))
            continue
        found += reading.reader(kind)(content, facts) if kind else []
    facts.format = "zip"
    if not found:
        raise Unreadable("FORMATS-ZIP-12", "压缩包里没有发票文件")
    return found
