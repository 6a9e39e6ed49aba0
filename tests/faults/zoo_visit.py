"""A clerk's visit to a server with a specimen in it, and what was found."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable
from typing import Any

from tests.faults.zoo_cage import PATIENCE, Cage, Reply
from tests.faults.zoo_cases import Case
from tests.proof.invariants import Ack, Entry, Problems, agree, contained, durable, isolated, replayed, sound
from tests.proof.record import Record

CANARY = "CANARY-1"
SETTLED = 30.0


class Visit:
    """What a clerk does at every start, in order; `found` are the problems by invariant."""

    def __init__(self, cage: Cage, case: Case | None, calm: dict[str, Any]) -> None:
        self.cage, self.case, self.calm = cage, case, calm
        self.expect = case.expect if case else "harmless"
        self.acks: list[Ack] = []
        self.found: dict[str, Problems] = {"I9": [], "I10": []}
        self.troubles: list[str] = []
        self.world: dict[str, Any] = {}
        self.reason, self.ended = "", True

    def run(self) -> None:
        """The whole visit."""
        seconds = self.cage.await_page()
        if self._look_around():
            self._issue()
            self._wait_for_others()
        page = self._last_look()
        named = self._is_named()
        self.ended = self.cage.stop(3 if self.cage.plant else 15)
        self._read_record()
        where = self.case.name if self.case else "calm"
        status, slowest = page.status, max(seconds, page.seconds)
        if self.case and self.case.place == "import" and self.cage.starts > 1:
            self.troubles.append(f"what is wrong at import took {self.cage.starts} starts")
        ok = not self.troubles or self.expect == "inherent"
        self.found["I11"] = contained(status, slowest, named, ok, where) + (
            [] if ok else [f"{where}: {trouble}" for trouble in self.troubles]
        )

    def _get(self, path: str) -> Reply:
        reply = self.cage.ask("GET", path, patience=5)
        if not reply.status and self.cage.keep_up():
            reply = self.cage.ask("GET", path)
        self.found["I9"] += isolated(reply.text, [CANARY], path)
        return reply

    def _until(self, path: str, done: Callable[[Reply], bool], seconds: float) -> Reply:
        # With a bug planted, what does not come soon is what is looked for.
        end = time.monotonic() + (seconds / 4 if self.cage.plant else seconds)
        while True:
            reply = self._get(path)
            if done(reply) or time.monotonic() > end:
                return reply
            time.sleep(0.1)

    def _look_around(self) -> bool:
        for _ in range(4):
            self._get("/")
            self._get("/beast/")
        home = self._until("/", lambda reply: reply.status == 200 and "desk-panel-works" in reply.text, 15)
        if "desk-panel-works" not in home.text:
            self.troubles.append(f"the home page answers {home.status} without the neighbour's panel")
        for broken in ("beast was here", "beast()>", "<script>beast"):
            if broken in home.text:
                self.troubles.append(f"the home page shows {broken!r}")
        return home.status != 0

    def _issue(self) -> None:
        refs = [f"Z-{number}" for number in range(3)]
        if self.expect == "refuses":
            refused = self._ask_for(refs[0])
            named = "标本" in refused.text or "beast" in refused.text
            if refused.status < 400 or not named:
                self.troubles.append(
                    f"the refusal ({refused.status}) does not say whose it is: {refused.text[:80]!r}"
                )
            self.cage.switch_off("beast")
        for ref in refs:
            self._ask_twice(ref)
        if self.expect == "channel":
            self._until("/desk/documents", lambda reply: "unknown" in reply.text, 10)
            self.cage.switch_off("beast")
            self._ask_twice("Z-9")
            refs = ["Z-9"]

        def settled(reply: Reply) -> bool:
            return {row[0] for row in reply.json or [] if row[1] == "issued"} >= set(refs)

        listed = self._until("/desk/documents", settled, SETTLED)
        if not settled(listed):
            states = [row[:2] for row in listed.json or []]
            self.troubles.append(f"not everything asked for was issued: {states or listed.status}")
        wrong = [row for row in listed.json or [] if row[0].startswith("Z-") and row[3] != 4_603_674]
        if wrong:
            self.troubles.append(f"totals are wrong: {wrong}")

    def _ask_for(self, ref: str) -> Reply:
        return self.cage.ask("POST", "/desk/issue", {"ref": ref, "key": f"key-{ref}"})

    def _ask_twice(self, ref: str) -> None:
        answers: list[tuple[int, bytes]] = []
        for attempt in range(8):
            reply = self._ask_for(ref)
            if not reply.status:
                self.cage.keep_up()
            if reply.status == 200:
                said = reply.json
                self.acks.append(Ack(self.cage.company, said["document"], ref, said["snapshot"]))
                answers.append((200, reply.text.encode()))
            if len(answers) == 2:
                break
            if attempt > 1 and self.cage.plant:
                break
            if attempt > 3 and not answers:
                time.sleep(1)
        self.found["I10"] += replayed(answers, ref)
        if not answers:
            self.troubles.append(f"{ref} was never taken: {reply.status} {reply.text[:200]!r}")

    def _wait_for_others(self) -> None:
        fresh = time.time()

        def well(reply: Reply) -> bool:
            said = reply.json
            return bool(said) and said["told"] == said["events"] and said["there"].get("runs", 0) > fresh \
                and not self._differences(said)  # fmt: skip

        last = self._until("/desk/world", well, 20)
        said = last.json
        if not said:
            self.troubles.append(f"the neighbour's page answers {last.status}")
            return
        for _ in range(6):
            self.troubles += self._differences(self._get("/desk/world").json or said)
        if said["told"] != said["events"]:
            self.troubles.append(f"the neighbour was told {said['told']} of {said['events']} events")
        if said["there"].get("runs", 0) <= fresh:
            self.troubles.append("the neighbour's job runs no more")
        self.world = {"here": said["here"], "there": {k: v for k, v in said["there"].items() if k != "runs"}}

    def _differences(self, said: dict[str, Any]) -> list[str]:
        return [
            f"the neighbour finds {name} changed ({side}): {said[side].get(name)} for {value}"
            for side, values in self.calm.items()
            for name, value in values.items()
            if said[side].get(name) != value
        ]

    def _last_look(self) -> Reply:
        self.cage.keep_up()
        end = time.monotonic() + SETTLED / (4 if self.cage.plant else 2)
        while not self._is_named() and time.monotonic() < end:
            time.sleep(0.2)
            self._find_reason(self._get("/modules"))
        pages = [self._get("/healthz"), self._get("/"), self._get("/modules")]
        self._find_reason(pages[-1])
        return max(pages, key=lambda page: (page.status == 0 or page.status >= 500, page.seconds))

    def _find_reason(self, modules: Reply) -> None:
        found = re.search(r'<span class="muted small">beast</span>(.*?)</li>', modules.text, re.S)
        problem = re.search(r"已自动停用:(.*?)</", found.group(1), re.S) if found else None
        self.reason = html.unescape(problem.group(1)).strip() if problem else ""
        if self.case and not self.reason:
            match = re.search(
                rf"^.*plugin {re.escape(self.case.plugin)} is off: (.*)$", self.cage.said(), re.M
            )
            self.reason = match.group(1) if match else ""

    def _is_named(self) -> bool:
        if self.expect == "off":
            return bool(self.reason)
        if self.expect in ("named", "channel", "refuses"):
            return bool(self.reason) or bool(re.search(r"(ERROR|WARNING).*beast", self.cage.said()))
        return True

    def _read_record(self) -> None:
        record = Record(self.cage.root)
        books = []
        path = self.cage.root / "desk-books.jsonl"
        for line in path.read_text().splitlines() if path.exists() else []:
            made = json.loads(line)
            books.append(Entry(made["serial"], made["number"], made["buyer_name"], made["total"]))
        self.found |= sound(record) | agree(record, books) | {"I1": durable(record, self.acks)}


__all__ = ["PATIENCE", "Visit"]
