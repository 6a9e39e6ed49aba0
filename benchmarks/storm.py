"""Clients submit invoices while the bureau loses answers and the server is killed; then ledgers are compared.

    python -m benchmarks.storm --n 1000 --clients 8 --kills 20 --json

A real server process with the demo company, reached over HTTP as a browser would (sign-in, CSRF token,
form); the simulated bureau drops every tenth answer and executes every twentieth order late. A client
that gets no answer presses again with the same key. `kill -9` strikes the server at random moments.
Exit code 0 only if the bureau holds exactly n invoices, none twice, each known here under its number,
and the ledger verifies.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clerk import PREFIX, Browser
from benchmarks.spread import spread
from core import checkpoints, db, documents, posting, scope
from core.house import House
from plugins.bureau import service

FAULTS = {"drop_answer": {"every": 10}, "execute_late": {"every": 20, "seconds": 3}}
SETTLE = 8
START_SECONDS = 180
"""The demo's history is long where others have the processors."""


@dataclass
class Server:
    """The server process, killed and started again.

    :ivar settings: further settings it runs under. :ivar program: the module that is started, with its
        first arguments.
    """

    data: Path
    port: int
    starts: list[float] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = ("core.cli",)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """What the server and the checking house both run under."""
        return {
            "FAPIAO_BUREAU_URL": f"http://127.0.0.1:{self.port + 1}",
            "FAPIAO_BUREAU_DELAY_MS": "100",
            "FAPIAO_BUREAU_SETTLE_SECONDS": str(SETTLE),
            "FAPIAO_PORT": str(self.port),
            "FAPIAO_DEMO": "1",
            **self.settings,
        }

    def spawn(self) -> None:
        """Start it, and wait for nothing."""
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.program, "--data", str(self.data), "serve"],
                env={**os.environ, **self.environ},
                stdout=log,
                stderr=log,
            )

    def start(self) -> None:
        """Start, and wait until it answers.

        :raise SystemExit: it does not.
        """
        began = time.monotonic()
        self.spawn()
        assert self.process is not None
        while time.monotonic() - began < START_SECONDS:
            try:
                link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                link.request("GET", "/healthz")
                if link.getresponse().read():
                    self.starts.append(time.monotonic() - began)
                    return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit("the server did not start; see server.log") from None
                time.sleep(0.05)
            finally:
                link.close()
        raise SystemExit("the server did not answer")

    def kill(self) -> None:
        """Pull the plug."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop it as Ctrl-C would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def run_clients(browsers: list[Browser], count: int, done: list[float]) -> int:
    """Have all invoices asked for; how often a client had to press again."""
    failed: list[BaseException] = []

    def work(browser: Browser, numbers: range) -> None:
        try:
            for number in numbers:
                began = time.perf_counter()
                browser.issue(number)
                done.append(time.perf_counter() - began)
        except (SystemExit, OSError, http.client.HTTPException) as error:
            failed.append(error)

    threads = [
        threading.Thread(target=work, args=(browser, range(i, count, len(browsers))))
        for i, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in failed:
        print(f"a client gave up: {error!r}", file=sys.stderr)
    return sum(browser.retries for browser in browsers)


def strike(server: Server, kills: int, done: list[float], count: int, seed: int) -> int:
    """Kill and restart the server at random moments while the clients work; how often it was done."""
    chance, struck = random.Random(seed), 0
    while struck < kills:
        time.sleep(chance.uniform(0.2, 1.2) if len(done) < count else chance.uniform(0.1, 0.5))
        server.kill()
        server.start()
        struck += 1
    return struck


def compare(server: Server, count: int) -> dict[str, object]:
    """Open the house after the storm, see everything through, and hold both ledgers side by side."""
    house = House({**os.environ, **server.environ}, server.data)
    with house.at_company("北京云杉办公用品有限公司"):

        def settled() -> bool:
            found = documents.equation()
            return not found.waiting.count + found.unknown.count

        with house.companions():
            runner = house.runner()
            runner.recover()
            calm = runner.drain(180, settled)
            way = posting.channel("bureau")
            assert way is not None
            listed = way.listing(scope.company(), "2000-01-01", "2099-12-31")
        mine = {d.serial: d for d in documents.select("order_no LIKE ?", f"{PREFIX}%")}
        theirs = Counter(row.serial for row in listed if row.serial in mine)
        numbers = {row.serial: row.number for row in listed}
        report = checkpoints.verify(house.signer)
        result = {
            "settled": calm,
            "here": len(mine),
            "issued_here": sum(bool(d.number) for d in mine.values()),
            "at_bureau": len(theirs),
            "doubled": sum(n > 1 for n in theirs.values()),
            "numbers_agree": all(d.number == numbers.get(s) for s, d in mine.items()),
            "equation_closes": documents.equation().closes,
            "ledger_events": report.size,
            "were_unknown": db.rows(
                "SELECT count(DISTINCT subject) FROM event WHERE kind = 'invoice-unknown'"
            )[0][0],
            "ledger_problems": report.problems,
        }
    house.close()
    result["ok"] = (
        calm
        and result["here"] == result["issued_here"] == result["at_bureau"] == count
        and not result["doubled"]
        and bool(result["numbers_agree"])
        and not report.problems
    )
    return result


def storm(count: int, clients: int, kills: int, seed: int, port: int, folder: Path) -> dict[str, object]:
    """The whole storm in a folder of its own."""
    server, done = Server(folder / "data", port), list[float]()
    server.start()
    house = House({**os.environ, **server.environ}, server.data)
    service.session().control("POST", "/api/faults", {"reset": True, "seed": str(seed), "faults": FAULTS})
    house.close()
    browsers = [Browser(port) for _ in range(clients)]
    for browser in browsers:
        browser.sign_in()
    began, retries = time.monotonic(), list[int]()
    crowd = threading.Thread(target=lambda: retries.append(run_clients(browsers, count, done)))
    crowd.start()
    struck = strike(server, kills, done, count, seed)
    crowd.join()
    submitted = time.monotonic() - began
    server.stop()
    result = compare(server, count)
    return {
        "n": count,
        "clients": clients,
        "kills": struck,
        "seed": seed,
        "retries": sum(retries),
        "submit_seconds": round(submitted, 1),
        "answers": len(done),
        **spread("answer", done),
        "slowest_start_seconds": round(max(server.starts[1:] or server.starts), 2),
        "faults": FAULTS,
        **result,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=18810)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = storm(chosen.n, chosen.clients, chosen.kills, chosen.seed, chosen.port, Path(name))
    print(
        json.dumps(result, ensure_ascii=False)
        if chosen.json
        else "\n".join(f"{k}: {v}" for k, v in result.items())
    )
    sys.exit(0 if result["ok"] else 1)


if __name__ == "__main__":
    main()
