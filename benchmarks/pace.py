"""How long a clerk waits for the durable answer while orders come in at a steady pace, over HTTP."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from benchmarks.clerk import Browser
from benchmarks.spread import spread
from benchmarks.storm import Server

CLERKS = 8


def paced(folder: Path, port: int, rate: int, seconds: int) -> dict[str, object]:
    """Submit `rate` invoices a second through the form of a real server, for so long.

    Waits are counted from when an order was due, so that a slow answer also delays those behind it.
    """
    server = Server(folder / "paced", port)
    server.start()
    browsers = [Browser(port) for _ in range(CLERKS)]
    for browser in browsers:
        browser.sign_in()
    waits: list[float] = []
    began = time.perf_counter() + 0.5

    def work(clerk: int) -> None:
        for number in range(clerk, rate * seconds, CLERKS):
            due = began + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            browsers[clerk].issue(number)
            waits.append(time.perf_counter() - due)

    threads = [threading.Thread(target=work, args=(clerk,)) for clerk in range(CLERKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    server.stop()
    return {
        "paced_per_second": rate,
        "paced_answers": len(waits),
        "paced_reached_per_second": round(len(waits) / took, 1),
        **spread("answer", waits),
        "answer_ms_max": round(max(waits) * 1000, 1),
    }
