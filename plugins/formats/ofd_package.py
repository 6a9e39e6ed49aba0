"""The parts of an OFD file (GB/T 33190-2016): pages with their templates, text objects, attachments, tags."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from plugins.formats.container import Container
from plugins.formats.facts import Unreadable
from plugins.formats.voucher import local, parse

ROOT = "OFD.xml"

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A run of text on a page: where it begins (millimetres from the top left), how large, what it says.

    :ivar xs: the left edge of each character.
    """

    id: str
    x: float
    y: float
    size: float
    text: str
    xs: tuple[float, ...]


class Package:
    """An OFD's first document.

    :raise Unreadable: it has no document, or its parts cannot be found.
    """

    def __init__(self, container: Container) -> None:
        self.container = container
        self._trees: dict[str, etree._Element] = {}
        root = self.tree(ROOT)
        place = _first(root, "DocBody/DocRoot")
        if place is None or not place.text:
            raise Unreadable("FORMATS-OFD-01", "OFD 里没有文档")
        self.root_place = self.resolve("", place.text.strip())
        self.document = self.tree(self.root_place)
        signatures = _first(root, "DocBody/Signatures")
        self.signatures = self.resolve("", (signatures.text or "").strip()) if signatures is not None else ""

    def tree(self, place: str) -> etree._Element:
        """A part, parsed once."""
        if place not in self._trees:
            self._trees[place] = parse(self.container.read(place))
        return self._trees[place]

    def resolve(self, base: str, place: str) -> str:
        """The entry that a location names, as seen from the part `base`; never outside the package."""
        bare = place.replace("\\", "/").strip()
        joined = bare.lstrip("/") if bare.startswith("/") else posixpath.join(posixpath.dirname(base), bare)
        found = posixpath.normpath(joined)
        if found.startswith(".."):
            raise Unreadable("FORMATS-OFD-02", "OFD 里有指向包外的位置")
        return found

    def _near(self, base: str, place: str) -> str | None:
        # Some producers write a location as seen from the document, where the standard means the part.
        for start in (base, self.root_place):
            found = self.resolve(start, place)
            if found in self.container:
                return found
        return None

    @cached_property
    def pages(self) -> list[list[Glyphs]]:
        """The text of each page, its templates' text first."""
        templates = {
            page.get("ID", ""): page.get("BaseLoc", "")
            for page in _all(self.document, "CommonData/TemplatePage")
        }
        found = []
        for page in _all(self.document, "Pages/Page"):
            place = self._near(self.root_place, page.get("BaseLoc", ""))
            if place is None:
                continue
            content = self.tree(place)
            texts: list[Glyphs] = []
            for used in _all(content, "Template"):
                behind = self._near(self.root_place, templates.get(used.get("TemplateID", ""), ""))
                texts += _texts(self.tree(behind)) if behind else []
            found.append(texts + list(_texts(content)))
        return found

    def attachments(self) -> Iterator[tuple[str, bytes]]:
        """Attached files: name and content."""
        for part in _all(self.document, "Attachments"):
            index = self._near(self.root_place, part.text or "")
            for attached in _all(self.tree(index), "Attachment") if index else ():
                place = _first(attached, "FileLoc")
                found = self._near(index or "", (place.text or "") if place is not None else "")
                if found:
                    yield attached.get("Name", found), self.container.read(found)

    def tags(self) -> Iterator[str]:
        """The parts that hold custom tags."""
        for part in _all(self.document, "CustomTags"):
            index = self._near(self.root_place, part.text or "")
            for place in _all(self.tree(index), "CustomTag/FileLoc") if index else ():
                found = self._near(index or "", place.text or "")
                if found:
                    yield found


def _all(root: etree._Element, path: str) -> list[etree._Element]:
    found = [root]
    for step in path.split("/"):
        found = [child for one in found for child in one if local(child) == step]
    return found


def _first(root: etree._Element, path: str) -> etree._Element | None:
    found = _all(root, path)
    return found[0] if found else None


def numbers(text: str) -> list[float]:
    """Numbers of an attribute, `g n w` (repeat w n times) written out."""
    found: list[float] = []
    parts = text.split()
    place = 0
    while place < len(parts):
        if parts[place] == "g" and place + 2 < len(parts):
            count = min(int(float(parts[place + 1])), 10_000)
            found += [float(parts[place + 2])] * count
            place += 3
        else:
            found.append(float(parts[place]))
            place += 1
    return found


def _texts(content: etree._Element) -> Iterator[Glyphs]:
    for element in content.iter():
        if local(element) == "TextObject":
            try:
                yield from _runs(element)
            except (ValueError, IndexError, OverflowError):
                # A run that cannot be placed is a run that is not read.
                continue


def _runs(element: etree._Element) -> Iterator[Glyphs]:
    left, top, *_ = numbers(element.get("Boundary", "0 0 0 0"))
    given = numbers(element.get("CTM", "1 0 0 1 0 0"))
    a, b, c, d, e, f = given if len(given) == 6 else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    size = float(element.get("Size", "0")) * (abs(d) or 1)
    for code in element:
        if local(code) != "TextCode" or not code.text:
            continue
        x, y = float(code.get("X", "0")), float(code.get("Y", "0"))
        steps, falls = numbers(code.get("DeltaX", "")), numbers(code.get("DeltaY", ""))
        places = [(x, y)]
        for at in range(len(code.text) - 1):
            # Without a step for it, a character stands one size further on.
            x += steps[at] if at < len(steps) else (0.0 if falls else float(element.get("Size", "0")))
            y += falls[at] if at < len(falls) else 0.0
            places.append((x, y))
        placed = [(left + a * px + c * py + e, top + b * px + d * py + f) for px, py in places]
        yield Glyphs(element.get("ID", ""), placed[0][0], placed[0][1], size, code.text,
                     tuple(px for px, _ in placed))  # fmt: skip
