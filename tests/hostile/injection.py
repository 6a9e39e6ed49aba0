"""Row S5: templates that mean harm pass every gate or none, in the warm parent's children under strace.

Each ends within its caps and, if it is not drawn, in words. What is drawn holds every fact of the document.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from random import Random

from core import capped
from plugins.templates import agreement, render
from plugins.templates.render import DESIGN_CAPS
from tests.hostile.injection_corpus import Template, corpus, mutated
from tests.hostile.rendering import document
from tests.hostile.watching import Watch, outcome, there_is_strace, watched
from tests.proof import invariants
from tests.proof.row import Job, Tally

PLANTED = (
    "templates are not read as trees", "a plain sandbox only", "no sandbox", "nothing is escaped",
    "children without a cap of memory", "children without an end", "nothing is read back",
    "anything goes into the page",
)  # fmt: skip

MOST = invariants.Caps(seconds=DESIGN_CAPS.seconds + 1.5, mebibytes=700)
"""The caps, and what a child's start and the warm parent's own memory come to."""

WORDS = {"error": "", "time": "", "memory": "", "size": ""}
"""Refusals that say something; a crash says nothing."""


def cases(job: Job) -> Iterator[tuple[str, Template]]:
    """The corpus in an order of chance, then others like it."""
    random, made = Random(job.seed), corpus()
    order = list(range(len(made)))
    # A small run still has the dearest ones and one of each family.
    first = {made[number].family: number for number in order}
    random.shuffle(order)
    for number in [*first.values(), *(number for number in order if number not in first.values())]:
        yield f"{number} {made[number].family}", made[number]
    count = 0
    while True:
        number, count = random.randrange(len(made)), count + 1
        yield f"{number} {made[number].family} mutation {count}", mutated(made[number], random)


def run(job: Job) -> Tally:
    """Draw by each template and judge what came of it."""
    tally = Tally(job)
    ends: Counter[str] = Counter()
    began, slowest = time.perf_counter(), 0.0
    with watched(job.folder, job.plant, strace=there_is_strace()) as watch:
        outcome(lambda: render.render_pdf(document()))  # the warm parent starts with the first job
        watch.tries()
        tally.case("the cap of memory", {"I12": _held(watch)})
        for name, template in cases(job):
            if tally.cases > job.size:
                break
            found, end, seconds = _judged(template, watch)
            ends[end] += 1
            slowest = max(slowest, seconds)
            tally.case(name, found)
    tally.measured = {"corpus": len(corpus()), "ends": ends, "slowest": round(slowest, 1),
                      "peak_mib": round(max(watch.peaks)), "strace": there_is_strace(),
                      "per_second": round(tally.cases / (time.perf_counter() - began), 1)}  # fmt: skip
    return tally


def _held(watch: Watch) -> list[str]:
    # No template gets as far: what holds off the next flaw in a library is tried by itself.
    kind, _, _ = outcome(lambda: capped.run("tests.core.capped_tasks:hoard", b"", DESIGN_CAPS))
    found = invariants.bounded(0, watch.peaks[-1], MOST, "hoarding")
    return found if kind == "memory" else [*found, f"hoarding memory ended as {kind}"]


def _judged(template: Template, watch: Watch) -> tuple[dict[str, list[str]], str, float]:
    started = time.perf_counter()
    paper = document(template.data, template.lines)
    began = time.perf_counter()
    kind, detail, pdf = outcome(lambda: render.render_by(paper, template.style, template.body))
    seconds = time.perf_counter() - began
    assert began - started < 5
    escaped = [f"it tried {tried}" for tried in watch.tries()]
    if template.wanted == "refused" and kind != "error":
        escaped.append(f"{template.body[-80:]} {template.style[-60:]} was not refused: {kind or 'drawn'}")
    if template.wanted == "harmless" and kind:
        escaped.append(f"{template.body[-80:]} {template.data} was refused: {kind} {detail}")
    if kind not in ("", *WORDS):
        escaped.append(f"{template.body[-80:]} ended without words: {kind}")
    if pdf:
        escaped += _foreign(agreement.texts(pdf), template)
    bounds = invariants.bounded(seconds, watch.peaks[-1], MOST, template.body[-60:])
    return {"I11": escaped, "I12": bounds}, kind or "drawn", seconds


def _foreign(text: str, template: Template) -> list[str]:
    # What would only be there if something had been worked out, or called, or read.
    signs = ("<class", "<built-in", "<bound", "Undefined", "jinja2", "root:x:", "TemplateReference")
    found = [f"the page shows {sign}" for sign in signs if sign in text]
    printed = "".join(template.data.split())
    if printed and printed not in text:
        found.append(f"the page does not show {template.data} as it is")
    return found
