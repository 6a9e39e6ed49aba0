"""Row S4: nothing is fetched, whatever asks for it: in a design, in a page past the gates, in the data.

Sixty ways and more to ask × four kinds of address; each asked thrice. Strace sees every try of the child.
"""

from __future__ import annotations

import base64
import time
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

from core import capped
from core.capped import Caps
from plugins.templates import render
from tests.hostile import rendering
from tests.hostile.rendering import BODY, STYLE, document, order
from tests.hostile.resource_vectors import BODIES, FOUR, STYLES, addresses, filled
from tests.hostile.watching import Watch, outcome, there_is_strace, watched
from tests.proof import invariants
from tests.proof.row import Job, Tally

PLANTED = ("the policy names a folder", "the policy allows the network", "children without walls")

LIMITS = Caps(seconds=5, memory=512 << 20)
LOOKS = ("newfstatat ", "stat ", "lstat ", "statx ", "access ", "faccessat2 ", "readlink ")

MOST = invariants.Caps(seconds=8, mebibytes=800)
"""What a case may take: the cap of time and the start of a child under strace; the cap of memory and the
warm parent's own."""

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""A picture that is there, so that whoever may read it does."""

Vector = tuple[str, str]
"""Whether it stands in the body or in the style sheet, and what."""


def vectors() -> list[Vector]:
    """Every way to ask."""
    return [("body", text) for text in BODIES] + [("style", text) for text in STYLES]


def cases(job: Job) -> Iterator[tuple[Vector, str, str]]:
    """Vector, kind of address and token; every vector by four schemes, in another order for each seed."""
    random, number = Random(job.seed), 0
    while True:
        chosen = [(vector, kinds) for vector in vectors() for kinds in FOUR]
        random.shuffle(chosen)
        # The first planned size has every vector: each once by a scheme of chance, then the rest.
        first = {vector: (vector, kinds) for vector, kinds in chosen}
        plainest = [(vectors()[0], kinds) for kinds in FOUR]
        rest = [case for case in chosen if case not in first.values()]
        for vector, kinds in [*plainest, *first.values(), *rest]:
            number += 1
            yield vector, random.choice(kinds), f"canary{number}x{job.seed}"


def run(job: Job) -> Tally:
    """Have the child render each case three ways, and look at what it reached for."""
    tally = Tally(job)
    if not there_is_strace():
        tally.skipped = "strace is not installed: nothing would be seen"
        return tally
    began = time.perf_counter()
    with watched(job.folder, job.plant) as watch:
        desk = Desk(watch)
        tally.case("walls", {"I11": _fallen()})
        watch.tries()
        for vector, scheme, token in cases(job):
            if tally.cases > job.size:
                break
            (job.folder / f"{token}.png").write_bytes(PIXEL)
            text = filled(vector[1], addresses(job.folder, token, 9)[scheme])
            tally.case(f"{vector[0]} {vector[1]} {scheme}", desk.rendered(vector[0], text))
    tally.measured = {"vectors": len(vectors()), "ends": desk.ends, "peak_mib": round(max(watch.peaks)),
                      "looks_at_names": desk.looks,
                      "per_second": round(tally.cases / (time.perf_counter() - began), 1)}  # fmt: skip
    return tally


def _fallen() -> list[str]:
    stand = capped.walls()
    return [f"the wall against {name} does not stand" for name, stands in stand.items() if not stands]


class Desk:
    """Renders what is given and keeps count."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.ends: Counter[str] = Counter()
        self.looks = 0

    def rendered(self, where: str, text: str) -> dict[str, list[str]]:
        """One case: in a design, in a page past the gates, and in every field of an invoice."""
        style, body = (STYLE + text, BODY) if where == "style" else (STYLE, BODY + text)
        reached, bounds = self._try("design", lambda: render.render_by(document(), style, body))
        raw = "@page { margin: 20pt } " + (text if where == "style" else "")
        page = f"<html><head><style>{raw}</style></head><body><p>x</p>{body}</body></html>"
        task = f"{rendering.__name__}:press_as_it_is"
        found = self._try("page", lambda: capped.run(task, order(document(), html=page), LIMITS))
        reached, bounds = reached + found[0], bounds + found[1]
        found = self._try("data", lambda: render.render_pdf(document(text)))
        return {"I11": reached + found[0], "I12": bounds + found[1]}

    def _try(self, way: str, ask: Callable[[], bytes]) -> tuple[list[str], list[str]]:
        began = time.perf_counter()
        kind, detail, pdf = outcome(ask)
        bounds = invariants.bounded(time.perf_counter() - began, self._watch.peaks[-1], MOST, way)
        self.ends[f"{way} {kind}".strip()] += 1
        if way == "data" and not pdf.startswith(b"%PDF"):
            bounds.append(f"data cannot be printed: {kind} {detail}")
        tried = self._watch.tries()
        # Past the gates xhtml2pdf asks whether a name is there before it is told that it may not open it.
        looks = [text for text in tried if way == "page" and text.startswith(LOOKS)]
        self.looks += len(looks)
        return [f"{way}: {text}" for text in tried if text not in looks], bounds
