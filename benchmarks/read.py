"""Invoice files read per second by one process, for each format.

    python -m benchmarks.read --json

Files are of the tests' own making; with the folder of real samples there, they are measured as well. Seconds
are of the processor, not of the clock: on a busy machine they say the same as on an idle one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence

from benchmarks.samples import catalogue, folder_of
from plugins.formats import reading
from tests.plugins.formats import drawn, papers, presses


def made() -> dict[str, list[bytes]]:
    """Files of each format."""
    sheets = [draw(said) for draw in drawn.LAYOUTS.values() for said in drawn.PAPERS.values()]
    return {
        "xml": [papers.VOUCHER.encode()],
        "ofd, attached data": [papers.ofd(papers.OLDER, tags="<root/>"), papers.ofd(papers.VOUCHER)],
        "ofd, printed page": [presses.ofd([sheet]) for sheet in sheets],
        "pdf, printed page": [presses.pdf([sheet]) for sheet in sheets],
        "png": [papers.picture()],
    }


def real() -> dict[str, list[bytes]]:
    """The samples, where they are."""
    folder, found = folder_of(None), defaultdict(list)
    if (folder / "catalog.jsonl").is_file():
        for one in catalogue(folder, "catalog.jsonl"):
            found[f"real {one['kind']}"].append((folder / one["file"]).read_bytes())
    return dict(found)


def pace(contents: Sequence[bytes], seconds: float) -> float:
    """Files per second of the processor."""
    reading.read("warm", contents[0])
    count, began = 0, time.process_time()
    while (took := time.process_time() - began) < seconds:
        for content in contents:
            reading.read("x", content)
        count += len(contents)
    return round(count / took, 1)


def main() -> int:
    """Measure each format."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="for each format")
    parser.add_argument("--json", action="store_true", dest="as_json")
    args = parser.parse_args()
    found = {name: pace(contents, args.seconds) for name, contents in (made() | real()).items()}
    told = {"files_per_second": found, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    lines = [f"{name:22}{speed:>10}" for name, speed in found.items()]
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n" if args.as_json else "\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
