"""R13: twelve kinds of bad network on the ways to the bureau, from it, and to the mail server.

A case is one kind of weather on one flow: an invoice asked for, a batch, a question, the bureau's callback, a
mail. The weather is bad for some seconds, pages are looked at meanwhile, then it clears, and everything has
to come to its end: nothing lost, nothing doubled, nobody left waiting.
"""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.clerk import order_form
from tests.faults import toxics_bugs
from tests.faults.kills_crowd import see_through
from tests.faults.proxy import TOXICS, Proxy
from tests.faults.toxics_bugs import MAIL, WHOLE
from tests.faults.toxics_lane import HOLD_SECONDS, SETTLE, Lane, lane, wait_for
from tests.faults.toxics_letters import post
from tests.proof.invariants import Ack, Problems, agree, durable, sound
from tests.proof.row import Job, Tally

PLANTED = tuple(name for name in toxics_bugs.PLANTED if name != "patient")

FLOWS = 5
BATCH = 8
LETTERS = 2
HEAL_SECONDS = 4.0 * SETTLE + 30

Lived = Callable[[Lane, str, "Report"], None]


class Report:
    """Takes the cases of lanes that run side by side."""

    def __init__(self, tally: Tally) -> None:
        self._tally, self._lock = tally, threading.Lock()
        self.counted: Counter[str] = Counter()
        self.longest = 0.0
        self.stop = threading.Event()

    def case(self, name: str, found: dict[str, Problems]) -> None:
        """One case."""
        with self._lock:
            self._tally.case(name, found)

    def waited(self, proxy: Proxy) -> None:
        """How long somebody was patient with an answer that never came."""
        with self._lock:
            self.longest = max(self.longest, proxy.longest())


def issue_under(place: Lane, toxic: str, report: Report) -> None:
    """One invoice, a batch, and a question, all while the way to the bureau is bad."""
    first = place.number = place.number + 100
    label = f"seed={first // 1000} toxic={toxic}"
    acks = [_ask_for(place, first)]
    wait_for(lambda: place.states()[acks[0].document] == "accepted", 3)
    place.to_bureau.set(toxic)
    began = time.monotonic()
    place.clerk.patiently("POST", f"/issuing/{acks[0].document}/ask", {})
    acks += [_ask_for(place, first + number) for number in range(1, BATCH + 2)]
    pages = place.watch_pages(HOLD_SECONDS)
    place.to_bureau.set("")
    stuck = _stuck(place.to_bureau, began, WHOLE, report)
    still = see_through(place.site, place.clerk, 0 if stuck else HEAL_SECONDS)
    found = _record(place, acks) | {"UI": pages, "stuck": stuck}
    report.case(f"{label} issue-one", found | {"heal": _open(still, acks[1:2])})
    report.case(f"{label} issue-batch", {"heal": _open(still, acks[2:])})
    report.case(f"{label} ask", {"heal": _open(still, acks[:1])})
    report.counted["invoices"] += len(acks)


def callback_under(place: Lane, toxic: str, report: Report) -> None:
    """The bureau calls back while the way to the server is bad."""
    first = place.number = place.number + 100
    place.from_bureau.set(toxic)
    began, heard = time.monotonic(), len(place.from_bureau.wires)
    acks = [_ask_for(place, first + number) for number in range(2)]
    pages = place.watch_pages(HOLD_SECONDS)
    place.from_bureau.set("")
    stuck = _stuck(place.from_bureau, began, WHOLE, report)
    still = see_through(place.site, place.clerk, 0 if stuck else HEAL_SECONDS)
    found = _record(place, acks) | {"UI": pages, "stuck": stuck}
    report.case(f"seed={first // 1000} toxic={toxic} callback", found | {"heal": _open(still, acks)})
    report.counted["callbacks"] += len(place.from_bureau.wires) - heard


def mail_under(place: Lane, toxic: str, report: Report) -> None:
    """Mail is sent while the way to the mail server is bad."""
    first = place.number = place.number + 100
    place.to_mail.set(toxic)
    began = time.monotonic()
    wanted = [f"clerk-{first + number}@example.com" for number in range(LETTERS)]
    post(place.site, wanted)
    pages = place.watch_pages(HOLD_SECONDS)
    place.to_mail.set("")
    wait_for(lambda: all(place.mails()[each][0] == "sent" for each in wanted), 75)
    mails = place.mails()
    late = [f"mail to {each} is {mails[each]}" for each in wanted if mails[each][0] != "sent"]
    lost = [f"mail to {each} is marked sent and never arrived" for each in wanted
            if mails[each][0] == "sent" and not place.mailbox.taken[each]]  # fmt: skip
    found = {"I1": lost, "I6": late, "UI": pages, "stuck": _stuck(place.to_mail, began, MAIL, report)}
    report.case(f"seed={first // 1000} toxic={toxic} mail", found)
    report.counted["mails"] += LETTERS
    report.counted["mails taken twice"] += sum(place.mailbox.taken[each] > 1 for each in wanted)


def _ask_for(place: Lane, number: int) -> Ack:
    form = order_form(number)
    page = place.clerk.press(number, form)
    return Ack(place.site.company, page.rpartition("/")[2], form["order_no"])


def _open(still: list[str], acks: list[Ack]) -> Problems:
    return [f"{ack.source_ref} is still open" for ack in acks if any(ack.document in each for each in still)]


def _record(place: Lane, acks: list[Ack]) -> dict[str, Problems]:
    record = place.site.record()
    return {"I1": durable(record, acks)} | sound(record) | agree(record, place.site.books())


def _stuck(proxy: Proxy, began: float, limit: float, report: Report) -> Problems:
    # Whoever asked in the last moment of the bad weather may wait as long as he is allowed to.
    time.sleep(max(0.0, began + HOLD_SECONDS + limit + 1.5 - time.monotonic()))
    found = proxy.stuck(limit + 1)
    report.waited(proxy)
    return found


def run(job: Job) -> Tally:
    """Go through all kinds of weather, several lanes side by side, until the number is reached."""
    tally = Tally(job)
    report, began = Report(tally), time.monotonic()
    rounds = max(1, job.size // (len(TOXICS) * FLOWS))
    kinds = list(itertools.islice(itertools.cycle(TOXICS), len(TOXICS) * rounds))
    if job.size < len(TOXICS) * FLOWS:
        kinds = kinds[: max(2, job.size // FLOWS)]
    lanes: list[tuple[Lived, list[str], bool]] = [
        (issue_under, kinds[0::2], True), (issue_under, kinds[1::2], True),
        (callback_under, kinds, True), (mail_under, kinds, False),
    ]  # fmt: skip
    # The demo's history is made once: lanes that need it begin with copies.
    with lane(job.folder / "first", job.seed, "") as first:
        first.site.stop()
    for place, (_, _, demo) in enumerate(lanes):
        if demo:
            shutil.copytree(job.folder / "first" / "data", job.folder / f"lane-{place}" / "data")
    try:
        _side_by_side(job, lanes, report)
    finally:
        seconds = round(time.monotonic() - began, 1)
        longest = round(report.longest, 1)
        tally.measured = {"seconds": seconds, "longest_wait_for_nothing": longest, **report.counted}
    return tally


def _side_by_side(job: Job, lanes: list[tuple[Lived, list[str], bool]], report: Report) -> None:
    def live(place: int) -> None:
        flow, kinds, demo = lanes[place]
        folder = job.folder / f"lane-{place}"
        try:
            with lane(folder, job.seed * 10 + place, job.plant, demo=demo) as here:
                for toxic in _until(report.stop, kinds):
                    flow(here, toxic, report)
        except BaseException:
            # One that found a planted bug, or broke, ends the others.
            report.stop.set()
            raise

    with ThreadPoolExecutor(len(lanes)) as pool:
        for each in [pool.submit(live, place) for place in range(len(lanes))]:
            each.result()


def _until(stop: threading.Event, kinds: list[str]) -> Iterator[str]:
    for toxic in kinds:
        if stop.is_set():
            return
        yield toxic
