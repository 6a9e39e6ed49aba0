"""S3: hostile files through the very door that uploads take: `formats` in a capped child.

One file again: `python -m tests.proof.one S3 --seed N`, the case's name is the file's.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from core import capped
from plugins.formats import service
from tests.hostile.uploads_corpus import corpus
from tests.proof import invariants
from tests.proof.invariants import Caps
from tests.proof.row import Job, Tally

PLANTED = (
    "the web process parses uploads",
    "entities are resolved, with the walls down",
    "an answer without a reason",
)
SECRET = "CANARY-FILE-7QX"
PARSERS = ("lxml.etree", "pypdfium2", "PIL.Image", "zxingcpp")


def run(job: Job) -> Tally:
    """Read about `job.size` hostile files."""
    tally, canary = Tally(job), job.folder / "canary.txt"
    canary.write_text(SECRET)
    _plant(job.plant)
    before, slowest, verdicts = _files(job.folder), 0.0, Counter[str]()
    service.facts_of("warm.xml", b"<a/>")
    held = set(PARSERS) & set(sys.modules)
    for name, content in corpus(job.size, job.seed, canary):
        began = time.monotonic()
        facts = service.facts_of(name, content)
        seconds = time.monotonic() - began
        slowest = max(slowest, seconds)
        text = json.dumps(facts, ensure_ascii=False)
        verdicts[facts["findings"][0]["code"] if facts["findings"] else "read"] += 1
        problems = [] if facts["number"] or facts["findings"] else [f"{name}: neither facts nor a reason"]
        tally.case(
            name,
            {
                "I9": invariants.isolated(text, [SECRET, "root:x:0"], name),
                "I12": invariants.bounded(seconds, 0, Caps(service.CAPS.seconds + 1, 1), name),
                "I18": problems,
            },
        )
    if (set(PARSERS) & set(sys.modules)) - held - _loaded_by_the_corpus():
        tally.case("modules", {"I12": ["the web process loaded what parses strangers' bytes"]})
    tally.case("files", {"I12": [f"a file was left: {path}" for path in sorted(_files(job.folder) - before)]})
    tally.measured = {
        "slowest_seconds": round(slowest, 2),
        "walls": capped.walls(),
        "verdicts": dict(verdicts),
    }
    return tally


def _loaded_by_the_corpus() -> set[str]:
    # The pictures of the corpus are drawn in this process; what reads them is not.
    return {"PIL.Image", "zxingcpp"}


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def _plant(name: str) -> None:
    from tests.hostile.uploads_careless import with_entities

    if name == "the web process parses uploads":
        from plugins.formats.reading import read_json

        capped.run = lambda task, payload, caps=None: read_json(payload)
    elif name == "entities are resolved, with the walls down":
        # In a child the walls alone would still hold the file back.
        capped.run = lambda task, payload, caps=None: with_entities(payload)
    elif name == "an answer without a reason":
        service.TASK = "tests.hostile.uploads_careless:silent"
