"""Clerks who ask for invoices while the server dies under them, and press again with the same key."""

from __future__ import annotations

import http.client
import itertools
import random
import threading
import time
from collections.abc import Iterator

from benchmarks.clerk import Browser, order_form
from tests.faults.kills_site import Site
from tests.proof.invariants import Ack, Problems, replayed

PAUSE = 0.3
"""Seconds between two orders of a clerk: one core is also needed for the server's starts."""
ASK_AFTER = 20.0
"""Seconds after which a person presses the button that asks now."""


def form_of(number: int) -> dict[str, str]:
    """Every other form has no order number: its key alone says which request it is."""
    form = order_form(number)
    return form if number % 2 else form | {"order_no": ""}


class Crowd:
    """Clerks at work. Everything they were told is in `acks`; what should not have been said in `amiss`."""

    def __init__(self, port: int, company: str, clerks: int, seed: int) -> None:
        self.acks: list[Ack] = []
        self.amiss: Problems = []
        self.browsers = [Browser(port) for _ in range(clerks)]
        self._company, self._numbers = company, itertools.count(1)
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(browser, random.Random(f"{seed} {place}")), daemon=True)
            for place, browser in enumerate(self.browsers)
        ]

    @property
    def retries(self) -> int:
        """How often somebody pressed again."""
        return sum(browser.retries for browser in self.browsers)

    def start(self) -> None:
        """Sign in, one after the other, and begin."""
        for browser in self.browsers:
            browser.sign_in()
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """Let everybody have the answer he waits for, and stop."""
        self._stop.set()
        for thread in self._threads:
            thread.join(seconds)
        self.amiss += ["a clerk waits for ever" for thread in self._threads if thread.is_alive()]

    def _work(self, browser: Browser, chance: random.Random) -> None:
        mine: list[tuple[int, str]] = []
        try:
            for number in self._orders():
                place = browser.press(number, form_of(number))
                self._told(number, place)
                mine.append((number, place))
                if chance.random() < 0.2:
                    again, first = chance.choice(mine)
                    answers = [(303, first.encode()), (303, browser.press(again, form_of(again)).encode())]
                    self.amiss += replayed(answers, f"order {again}")
                self._stop.wait(PAUSE)
        except (SystemExit, OSError, http.client.HTTPException) as error:
            self.amiss.append(f"a clerk gave up: {error!r}")

    def _orders(self) -> Iterator[int]:
        while not self._stop.is_set():
            yield next(self._numbers)

    def _told(self, number: int, place: str) -> None:
        folder, _, document = place.rpartition("/")
        if folder != "/issuing":
            self.amiss.append(f"order {number} was answered with {place}")
            return
        form = form_of(number)
        self.acks.append(Ack(self._company, document, form["order_no"] or form["key"]))


def see_through(site: Site, clerk: Browser, seconds: float) -> list[str]:
    """Have everything come to its end, a person deciding what no machine may and asking what lasts: the
    machine itself asks ever less often. What is still open then."""
    for left in at_most(seconds):
        waiting = site.open_documents()
        if not waiting:
            return []
        made = {entry.serial for entry in site.books()}
        for document, state, serial, version in waiting:
            if state == "parked" and serial not in made:
                form = {"sure": "1", "version": str(version)}
                clerk.patiently("POST", f"/issuing/{document}/requeue", form)
            elif state in ("accepted", "unknown") and left < seconds - ASK_AFTER:
                clerk.patiently("POST", f"/issuing/{document}/ask", {})
    return [f"{document} is still {state}" for document, state, _, _ in site.open_documents()]


def at_most(seconds: float) -> Iterator[float]:
    """Ticks of a quarter second until the time is over, and how much is left of it."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        yield left
        time.sleep(0.25)
