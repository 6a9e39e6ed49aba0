"""Custom tags of an OFD invoice: fields that point at the text objects which print them."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from plugins.formats.attached import FIELDS, kind_of
from plugins.formats.facts import Clue, Unreadable
from plugins.formats.ofd_package import Package
from plugins.formats.voucher import local, put

_SUMS = frozenset({"TaxExclusiveTotalAmount", "TaxTotalAmount", "TaxInclusiveTotalAmount"})


def clue(package: Package) -> Clue | None:
    """What the tags say; None where there are none that can be followed."""
    texts = {run.id: run.text for page in package.pages for run in page if run.id}
    found = Clue("tags")
    for place in package.tags():
        for name, refs in _fields(package, place):
            said = "".join(texts.get(ref, "") for ref in refs)
            if name in _SUMS:
                # Currency sign and amount, or words and figures, are objects of their own: one is a number.
                said = next((t for ref in refs if (t := texts.get(ref, "")) and FIELDS[name][1](t)), said)
            path, norm = FIELDS[name]
            put(found, path, norm(said))
    put(found, "kind", kind_of(found.values.get("code")))
    return found if found.values else None


def _fields(package: Package, place: str) -> Iterator[tuple[str, list[str]]]:
    try:
        root = package.tree(place)
    except Unreadable:
        # A widespread producer writes `<:eInvoice xmlns:="">`: what it says stands in the page as well.
        root = _mended(package.container.read(place))
        if root is None:
            return
    for element in root.iter():
        if local(element) in FIELDS:
            yield local(element), [(ref.text or "").strip() for ref in element if local(ref) == "ObjectRef"]


def _mended(content: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    plain = (
        content.replace(b"<:", b"<").replace(b"</:", b"</").replace(b' xmlns:=""', b"").replace(b"ofd:", b"")
    )
    try:
        return etree.fromstring(plain, parser)
    except etree.XMLSyntaxError:
        return None
