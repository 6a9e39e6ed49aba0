"""The specimens as cases: where each one strikes, what is expected of the house, and how it is installed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.zoo_cage import HERE, SPECIMENS, install

BOOKS = {"gone": "gone.sub.plugin"}
NAMES = {"named_core": "core", "named_oddly": "../beast"}


@dataclass(frozen=True, slots=True)
class Case:
    """A specimen at one place.

    :ivar place: where its `harm()` is called; `whole` where the file is the plugin itself.
    :ivar expect: `off` (the house switches it off), `named` (its own part fails, and the log says whose),
        `refuses` (invoices are refused in its name until a person switches it off), `channel` (what goes
        through its channel waits, visibly), `harmless`, or `inherent` (what no process can keep from itself).
    """

    specimen: str
    place: str
    expect: str

    @property
    def name(self) -> str:
        """What to pass to repeat it."""
        return f"{self.specimen}@{self.place}"

    @property
    def plugin(self) -> str:
        """Its name in the house."""
        return NAMES.get(self.specimen, "beast")


def every_case() -> list[Case]:
    """All of them: each specimen at its first place before any at its second."""
    by_turn: list[tuple[int, str, Case]] = []
    for path in sorted(SPECIMENS.glob("*.*")):
        text = path.read_text()
        places = _header(text, "at").split()
        for turn, place in enumerate(places):
            by_turn.append(
                (turn, path.stem, Case(path.stem, place, _expected(_header(text, "expect"), place)))
            )
    return [case for _, _, case in sorted(by_turn, key=lambda item: item[:2])]


def chosen(cases: Sequence[Case], size: int, seed: int) -> list[Case]:
    """So many of them; another seed begins elsewhere."""
    start = (seed - 1) * size % len(cases)
    return [*cases[start:], *cases[:start]][: min(size, len(cases))]


def _header(text: str, name: str) -> str:
    found = re.search(rf"^# {name}: (.+)$", text, re.M)
    assert found, f"a specimen says nothing of {name!r}"
    return found.group(1)


def _expected(text: str, place: str) -> str:
    for part in text.split(";"):
        kind, *places = part.split()
        if not places or place in places:
            return kind
    raise ValueError(f"nothing is expected at {place}")


def put_in(case: Case, site: Path, other: str) -> None:
    """Install the specimen as a plugin; `other` is a company that is none of its business."""
    source = next(SPECIMENS.glob(f"{case.specimen}.*"))
    package = install(site, case.plugin, BOOKS.get(case.specimen, "beast.plugin"))
    if case.specimen in BOOKS:
        shutil.rmtree(package)
        return
    text = source.read_text().replace("OTHER-COMPANY", other)
    if case.place == "whole":
        (package / "plugin.py").write_text(text)
    else:
        host = (HERE / "zoo_host.py").read_text().replace('AT = "import"', f'AT = "{case.place}"')
        (package / "plugin.py").write_text(host)
        (package / "harm.py").write_text(text)
        (package / "templates" / "beast").mkdir(parents=True)
        (package / "templates" / "beast" / "panel.html").write_text("beast-panel")
    if (SPECIMENS / case.specimen).is_dir():
        shutil.copytree(SPECIMENS / case.specimen, package, dirs_exist_ok=True)
