"""The simulated bureau's one background thread: executes postponed orders, sends callbacks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable

from core.api import clock, net
from plugins.bureau.books import Books, Row
from plugins.bureau.faults import Faults
from plugins.bureau.issuing import execute_due
from plugins.bureau.protocol import SPECIMEN, sign_callback

TRIES = 5
"""How often a callback is tried before it is given up; the receiver can always ask."""


class Herald(threading.Thread):
    """Does what is due, then sleeps until the next thing is, or until told that there is more."""

    def __init__(self, books: Books, faults: Faults, secret: bytes) -> None:
        super().__init__(name="bureau-herald", daemon=True)
        self._books, self._faults, self._secret = books, faults, secret
        self._changed = threading.Condition()
        self._more = False
        self._clients: dict[str, net.Client] = {}

    def nudge(self) -> None:
        """Say that something new may be due."""
        with self._changed:
            self._more = True
            self._changed.notify_all()

    def wait_until_told(self, serials: Iterable[str], seconds: float) -> None:
        """Wait until no callback for these serials is left to send, or so many seconds."""
        wanted, end = tuple(serials), clock.steady() + seconds
        self.nudge()
        while clock.steady() < end:
            if not self._books.rows_in("SELECT 1 FROM notice WHERE serial IN", wanted):
                return
            clock.sleep(0.01)

    def run(self) -> None:
        while True:
            now = clock.now().timestamp()
            profile = self._faults.profile
            execute_due(self._books, now, profile["delay_ms"] / 1000, bool(profile["idempotent"]))
            self._send(now)
            pause = self._pause()
            with self._changed:
                if not self._more:
                    self._changed.wait(pause)
                self._more = False

    def _pause(self) -> float | None:
        either = "SELECT due FROM waiting UNION ALL SELECT due FROM notice"
        due = self._books.rows(f"SELECT MIN(due) FROM ({either})")
        return None if due[0][0] is None else max(0.0, due[0][0] - clock.now().timestamp())

    def _send(self, now: float) -> None:
        rows = self._books.rows(
            "SELECT n.id, n.serial, n.url, n.copies, n.tries, i.number, i.failed FROM notice n"
            " JOIN invoice i ON i.serial = n.serial WHERE n.due <= ? GROUP BY n.id ORDER BY n.due LIMIT 50",
            (now,),
        )
        done = [(row[0],) for row in rows if self._tell(row) or row[4] + 1 >= TRIES]
        again = [(now + 2.0 ** row[4], row[0]) for row in rows if (row[0],) not in done]
        if rows:
            with self._books.writing():
                self._books.run_many("DELETE FROM notice WHERE id = ?", done)
                self._books.run_many("UPDATE notice SET tries = tries + 1, due = ? WHERE id = ?", again)

    def _tell(self, row: Row) -> bool:
        event, serial, url, copies, _tries, number, failed = row
        state = "failed" if failed else "done"
        facts = {"id": event, "serial": serial, "state": state, "number": number, "notice": SPECIMEN}
        body = json.dumps(facts, ensure_ascii=False).encode()
        stamp = str(int(clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Bureau-Event": event,
            "X-Bureau-Timestamp": stamp,
            "X-Bureau-Signature": sign_callback(self._secret, event, stamp, body),
        }
        base, path = _split(url)
        try:
            client = self._clients.setdefault(base, net.Client(base, "bureau callback", inside=True))
            answers = [client.request("POST", path, body, headers) for _ in range(copies)]
        except (net.NotConnected, net.NoAnswer, ValueError):
            return False
        return all(answer.status < 300 for answer in answers)


def _split(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash + path
