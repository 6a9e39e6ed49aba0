"""Invoices per second from submission to ISSUED, through the real HTTP bureau, beside bare commits.

    python -m benchmarks.issue --n 2000 --json

Everything runs on this machine: the submitting threads in this process, the worker and the simulated
bureau each in its own, the bureau issuing without delay; outcomes are asked for (no web server runs here to
take callbacks). `ratio` compares with the durable one-row commits that SQLite alone makes
on the same disk in the same run. A second run submits at a steady pace through the form of a real server.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path

from benchmarks.pace import paced
from benchmarks.spread import spread
from core import db, documents, money, posting, registry, scope, taxpayer
from core.contributions import Actor
from core.house import WORKER, House
from core.invoice import Invoice, Line, Party
from core.states import WAITING, State

UNDERWAY = (*WAITING, State.UNKNOWN)


def bare_commits(folder: Path, seconds: float = 2.0) -> float:
    """Durable one-row transactions per second of SQLite alone, WAL and synchronous=FULL."""
    link = sqlite3.connect(folder / "bare.db", isolation_level=None)
    link.execute("PRAGMA journal_mode = wal")
    link.execute("PRAGMA synchronous = full")
    link.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT)")
    body, count, end = "x" * 1500, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        link.execute("BEGIN IMMEDIATE")
        link.execute("INSERT INTO row (body) VALUES (?)", (body,))
        link.execute("COMMIT")
        count += 1
    link.close()
    return count / seconds


def order(number: int, seller: Party, buyer: Party) -> Invoice:
    """One of the orders: three lines, tax-inclusive."""
    lines = tuple(
        Line(
            name=name,
            code="1060102010000000000",
            short_name="纸制品",
            unit="箱",
            quantity=Decimal(1 + number % 5),
            price=Decimal(price),
            rate="0.13",
        )
        for name, price in (("复印纸", "128.00"), ("笔记本", "12.50"), ("信封", "36.80"))
    )
    return Invoice(
        kind="ordinary",
        source="order",
        source_ref=f"B-{number}",
        order_no=f"B-{number}",
        buyer=buyer,
        lines=lines,
        inclusive=True,
        drawer="张三",
        seller=seller,
    )


def submit(
    company: str, numbers: range, actor: Actor, parties: tuple[Party, Party], waits: list[float]
) -> None:
    """Ask for these orders, one after the other, noting how long each durable answer took."""
    with scope.opened(company, actor.user):
        for number in numbers:
            began = time.perf_counter()
            outcome = posting.post(order(number, *parties), f"key-{number}", actor)
            waits.append(time.perf_counter() - began)
            if outcome.document is None:
                raise SystemExit(f"refused: {outcome.faults}")
    db.close()


def await_all(company: str) -> None:
    """Wait until no document of the company is on its way."""
    with scope.opened(company):
        while documents.documents(UNDERWAY, limit=1):
            time.sleep(0.05)


def bulk(company: str, count: int, threads: int) -> dict[str, object]:
    """Submit `count` orders at once and wait until the bureau has issued the last one."""
    actor = Actor("bench", "压测", company, "owner", {company: "owner"})
    with scope.opened(company):
        mine = registry.this_company()
    parties = Party(mine.name, mine.tax_id), Party("上海样例贸易有限公司", taxpayer.invent("310115"))
    # One invoice first: the worker has then started, and what is measured is the work.
    submit(company, range(count, count + 1), actor, parties, [])
    await_all(company)
    waits: list[float] = []
    began = time.perf_counter()
    workers = [
        threading.Thread(target=submit, args=(company, range(i, count, threads), actor, parties, waits))
        for i in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    submitted = time.perf_counter()
    await_all(company)
    ended = time.perf_counter()
    with scope.opened(company):
        found = documents.equation()
    return {
        "n": count,
        "issued": found.issued.count - 1,
        "closes": found.closes,
        "yuan": money.yuan(found.issued.fen),
        "seconds": round(ended - began, 3),
        "invoices_per_second": round(count / (ended - began), 1),
        "submitted_per_second": round(count / (submitted - began), 1),
        **spread("post", waits, 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=int, default=50, help="orders a second of the paced run over HTTP")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--port", type=int, default=18801)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        bare = bare_commits(folder)
        house = House(
            {
                "FAPIAO_BUREAU_URL": f"http://127.0.0.1:{chosen.port}",
                "FAPIAO_BUREAU_DELAY_MS": "0",
                "FAPIAO_BUREAU_CALLBACK": "0",
            },
            folder / "data",
        )
        company = registry.create_company("北京压测办公用品有限公司", taxpayer.invent("110108"), "11")
        with house.companions() as beside:
            beside.join(house.worker())
            db.on_commit.append(lambda: beside.nudge(WORKER))
            result = bulk(company, chosen.n, chosen.threads)
        house.close()
        result |= paced(folder, chosen.port + 2, chosen.rate, chosen.seconds)
    result |= {
        "bare_commits_per_second": round(bare, 1),
        "ratio": round(float(str(result["invoices_per_second"])) / bare, 4),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
    }
    print(
        json.dumps(result, ensure_ascii=False)
        if chosen.json
        else "\n".join(f"{k}: {v}" for k, v in result.items())
    )


if __name__ == "__main__":
    main()
