"""How truly real invoice files are read: right, wrong and null for each format and field.

    python -m benchmarks.samples --folder ../shared/samples --json

The folder holds `catalog.jsonl` (files with their true values) and `catalog-others.jsonl` (files that are no
invoices, or damaged ones, that need only be survived with a reason). Exit code 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from plugins.formats import reading, values
from plugins.formats.facts import Facts

ROOT = Path(__file__).resolve().parent.parent
FIELDS = {
    "code": "code", "number": "number", "issue_date": "date", "check_code": "check_code",
    "buyer.name": "buyer",
    "buyer.tax_id": "buyer_tax_id", "seller.name": "seller", "seller.tax_id": "seller_tax_id",
    "kind": "doc_class", "amount": "amount_excl_tax", "tax": "tax", "total": "total",
}  # fmt: skip
"""Paths of facts and what the catalogue calls them."""
_CLASSES = {
    "fd_vat_special": "31", "fd_vat_ordinary": "32", "e_vat_ordinary": "10", "e_vat_special": "08",
    "e_vat_ordinary_toll": "14", "blockchain_ordinary": "20", "image_paper_special": "01",
}  # fmt: skip
SECONDS, MEMORY = 5.0, 256
"""What one file may take: seconds, and MiB of memory."""

_NAMES = ("buyer.name", "seller.name")


def folder_of(given: str | None) -> Path:
    """Where the samples are."""
    return Path(given or os.environ.get("FAPIAO_SAMPLES") or ROOT.parent / "shared" / "samples")


def catalogue(folder: Path, name: str) -> list[dict[str, Any]]:
    """The lines of a catalogue."""
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def verdict(path: str, facts: Facts, true: dict[str, Any]) -> str:
    """`right`, `wrong`, or `null`; a fact that is not there and not claimed is `absent`."""
    expected, said = true[FIELDS[path]], facts.values.get(path)
    if path == "kind":
        expected = _CLASSES.get(expected)
        if true["doc_class"] == "image_screenshot" or not (true["code"] or true["number"]):
            return "absent"
    if path == "tax" and true.get("tax_printed"):
        # Stars are printed for the tax: it is nothing, and nothing is what should be said.
        expected = None
    if expected is None:
        return "wrong" if said is not None else "absent"
    if said is None:
        return "null"
    same = values.same_name(said, expected) if path in _NAMES else said == expected
    return "right" if same else "wrong"


def items(facts: Facts, true: dict[str, Any]) -> tuple[str, str]:
    """Verdicts on the number of lines and on their names."""
    count, names = true["item_count"], true["item_names"]
    if count is None:
        return "absent", "absent"
    if not facts.lines:
        return "null", "null"
    said = [line.name or "" for line in facts.lines]
    named = names * count if len(names) == 1 else names
    same = len(said) == len(named) and all(
        not one or values.same_name(one, other) for one, other in zip(said, named, strict=True)
    )
    names_verdict = "wrong" if not same else "right" if all(said) else "null"
    return "right" if len(said) == count else "wrong", names_verdict


def judge(folder: Path) -> dict[str, Any]:
    """Read every file of the catalogue and compare."""
    table: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    wrong: list[list[Any]] = []
    missed: list[list[Any]] = []
    took: dict[str, float] = defaultdict(float)
    files: Counter[str] = Counter()
    for true in catalogue(folder, "catalog.jsonl"):
        content = (folder / true["file"]).read_bytes()
        began = time.process_time()
        facts = reading.read(true["file"], content)
        kind = Path(true["file"]).suffix[1:]
        took[kind] += time.process_time() - began
        files[kind] += 1
        verdicts = {path: verdict(path, facts, true) for path in FIELDS}
        verdicts["item_count"], verdicts["item_names"] = items(facts, true)
        for path, found in verdicts.items():
            table[kind][path][found] += 1
            if found in ("wrong", "null"):
                told = [facts.values.get(path), true.get(FIELDS.get(path, path))]
                if path.startswith("item"):
                    told = [[line.name for line in facts.lines][:9], true[path]]
                (wrong if found == "wrong" else missed).append([true["file"], path, *told])
    return {"table": table, "wrong": wrong, "null": missed,
            "files_per_second": {kind: round(files[kind] / took[kind], 1) for kind in files}}  # fmt: skip


def survive(folder: Path) -> dict[str, Any]:
    """Read every other file in a process of its own: seconds, memory, and whether a reason is given."""
    slowest, largest, silent = 0.0, 0, []
    for one in catalogue(folder, "catalog-others.jsonl"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.samples", "--one", str(folder / one["file"])],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            silent.append([one["file"], done.stderr[-300:]])
            continue
        told = json.loads(done.stdout)
        slowest, largest = max(slowest, told["seconds"]), max(largest, told["mib"])
        if not told["told"] or told["seconds"] > SECONDS or told["mib"] > MEMORY:
            silent.append([one["file"], told])
    return {"files": len(catalogue(folder, "catalog-others.jsonl")), "slowest_seconds": round(slowest, 2),
            "largest_mib": largest, "failed": silent}  # fmt: skip


def one(path: Path) -> dict[str, Any]:
    """Read one file in this process."""
    began = time.perf_counter()
    facts = reading.read(path.name, path.read_bytes())
    return {
        "seconds": round(time.perf_counter() - began, 3),
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "told": bool(facts.values or facts.findings),
    }


def main() -> int:
    """Print the table, or the whole as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder")
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--one", type=Path, help="read this file only: seconds and memory")
    parser.add_argument(
        "--no-others", action="store_true", help="leave out the files that need only be survived"
    )
    args = parser.parse_args()
    if args.one:
        sys.stdout.write(json.dumps(one(args.one)) + "\n")
        return 0
    folder = folder_of(args.folder)
    found = judge(folder)
    if not args.no_others:
        found["others"] = survive(folder)
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n" if args.as_json else told(found))
    return 1 if found["wrong"] or found.get("others", {}).get("failed") else 0


def told(found: dict[str, Any]) -> str:
    """The same for people: right/wrong/null, `-` where a file has no such fact."""
    kinds = list(found["table"])
    lines = [f"{'':16}" + "".join(f"{kind:>14}" for kind in kinds)]
    for path in (*FIELDS, "item_count", "item_names"):
        counts = [found["table"][kind][path] for kind in kinds]
        cells = [f"{one['right']}/{one['wrong']}/{one['null']}" for one in counts]
        lines.append(f"{path:16}" + "".join(f"{cell:>14}" for cell in cells))
    lines += [f"{kind}: {speed} files/s" for kind, speed in found["files_per_second"].items()]
    lines += [f"WRONG {row}" for row in found["wrong"]] + [f"null  {row}" for row in found["null"]]
    lines.append(f"others: {found.get('others', 'not read')}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
