"""After a restore: issuing stays closed for one settle window, then the bureau's list is read, then it opens.

What was sent after the backup was made is not in the backup (reliability §0.1 d, §7.10). Until the list
was read nothing is sent, nothing new is taken, and nobody decides about a parked document.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import (
    checkpoints,
    clock,
    db,
    documents,
    ledger,
    plugins,
    posting,
    registry,
    scope,
    states,
    strays,
    tasks,
)
from core.channels import Channel, Listed
from core.checkpoints import Signer
from core.documents import Document
from core.sqlite import House
from core.states import State

log = logging.getLogger(__name__)

DAYS_BEFORE, DAYS_AFTER = 2, 31
"""The bureau's list is read from so many days before the newest invoice that the backup knows, until so
many after today."""
DAYS_BLIND = 366
"""Where the backup knows no invoice at all, from so many days before it."""

_OPEN = (State.QUEUED, State.ACCEPTED, State.UNKNOWN)

SETTLING = "刚从备份恢复,正在与税局清单核对;核对完会自动恢复开票"
UNLISTED = "有开票通道不提供清单:请人工核对税局记录后运行 fapiao thaw --compared"


@dataclass(frozen=True, slots=True)
class Reopening:
    """A restore that is not settled yet. `since` is the moment up to which the house remembers."""

    epoch: int
    since: str
    begun_at: str
    boot: str
    at: float


def begin(since: str, signer: Signer) -> int:
    """An older state was put in place of a newer one: begin a new epoch and close issuing until it is
    settled.

    :param since: the moment (UTC, ISO) up to which the present state remembers.
    :returns: the new epoch.
    """
    with db.transaction(db.system):
        return begin_in(db.system.obj, since, signer)


def begin_in(house: House, since: str, signer: Signer) -> int:
    """The same in a database that is not in place yet; the caller's transaction carries it."""
    run = house.execute_sql
    seen = (note.epoch for note in checkpoints.last_witnessed(signer).values())
    epoch = 1 + max(int(run("SELECT epoch FROM instance").fetchone()[0]), *seen, 0)
    run("UPDATE instance SET epoch = ?, frozen = ?", (epoch, SETTLING))
    run("UPDATE reopening SET opened_at = 'superseded' WHERE opened_at = ''")
    run("INSERT INTO reopening VALUES (?, ?, ?, ?, ?, '')",
        (epoch, since, clock.stamp(), clock.boot(), clock.steady()))  # fmt: skip
    # Sends that this state does not remember may still take effect: every window starts anew.
    run("UPDATE _document SET window_boot = '', window_at = 0 WHERE state IN"
        " ('sending', 'accepted', 'unknown', 'parked')")  # fmt: skip
    run("UPDATE _task SET due = 0, lease_until = 0")
    return epoch


def remembers_until() -> str:
    """The moment of the newest event of any company (UTC, ISO): what the present state remembers."""
    row = db.system.execute_sql("SELECT max(at) FROM _event").fetchone()
    return str(row[0]) if row and row[0] else clock.stamp()


def pending() -> Reopening | None:
    """The restore that is not settled yet."""
    row = db.system.execute_sql(
        "SELECT epoch, since, begun_at, boot, at FROM reopening WHERE opened_at = ''"
        " ORDER BY epoch DESC LIMIT 1"
    ).fetchone()
    return Reopening(*row) if row else None


def look_back(signer: Signer) -> None:
    """Freeze issuing where a ledger contradicts its witness: somebody put an old state in place."""
    problem = checkpoints.went_back(signer)
    if problem and not registry.frozen():
        log.error("issuing is frozen: %s", problem)
        registry.freeze(problem)


def announce(signer: Signer) -> None:
    """Write the new epoch into every ledger and have it witnessed; once per epoch."""
    found = pending()
    for company in registry.companies() if found else []:
        with scope.opened(company.id):
            subject = f"epoch-{found.epoch}"  # type: ignore[union-attr]
            if not ledger.events_about(subject):
                with db.transaction():
                    ledger.append("house-restored", subject, {"since": found.since}, "job:reopen")  # type: ignore[union-attr]
                checkpoints.checkpoint(signer)


def step(signer: Signer, *, compared: bool = False) -> bool:
    """Go on with the settling; True once issuing is open.

    :param compared: a person compared those channels that give no list.
    """
    found = pending()
    if found is None:
        return not registry.frozen()
    announce(signer)
    if _seconds_left(found) > 0:
        return False
    if not all(_reconcile(company.id, found, compared=compared) for company in registry.companies()):
        return False
    with db.transaction(db.system):
        db.system.execute_sql("UPDATE reopening SET opened_at = ? WHERE opened_at = ''", (clock.stamp(),))
        db.system.execute_sql("UPDATE instance SET frozen = ''")
    log.warning("settled after the restore: issuing is open again")
    return True


def _seconds_left(found: Reopening) -> float:
    if found.boot != clock.boot():
        # Time counted on another run of the machine proves nothing: it starts again (rule c).
        with db.transaction(db.system):
            db.system.execute_sql(
                "UPDATE reopening SET boot = ?, at = ? WHERE epoch = ?",
                (clock.boot(), clock.steady(), found.epoch),
            )
        found = Reopening(found.epoch, found.since, found.begun_at, clock.boot(), clock.steady())
    caps = [way.caps for way in posting.channels()]
    window = max((c.settle_seconds + c.listing_lag_seconds for c in caps), default=0.0)
    return found.at + window - clock.steady()


def _reconcile(company: str, found: Reopening, *, compared: bool) -> bool:
    with scope.opened(company):
        if any(e.kind == "house-reopened" for e in ledger.events_about(f"epoch-{found.epoch}")):
            return True
        listed: dict[str, list[Listed] | None] = {}
        for name, way in _channels().items():
            if (way is None or not way.caps.listing) and not compared:
                registry.freeze(UNLISTED)
                return False
            ok, rows = plugins.Plugins.guarded(_read_list, way, company, found)
            if not ok:
                log.error("the list of channel %s cannot be read: %r", name, rows)
                return False
            listed[name] = rows
        with db.transaction():
            count = sum(_compare(name, rows) for name, rows in listed.items())
            ledger.append("house-reopened", f"epoch-{found.epoch}", {"strays": count}, "job:reopen")
    return True


def _channels() -> dict[str, Channel | None]:
    # Also one that is off for the company now: what it issued before it was switched off counts.
    known: dict[str, Channel | None] = {way.name: way for way in posting.channels()}
    used = (row[0] for row in db.rows("SELECT DISTINCT channel FROM document"))
    return dict.fromkeys(used) | known


def _read_list(way: Channel | None, company: str, found: Reopening) -> list[Listed] | None:
    """The bureau's list of what may have been issued since the backup; None where there is none to read."""
    if way is None or not way.caps.listing:
        return None
    rows: dict[str, Listed] = {}
    for first, last in _stretches(*_span(way.name, found), way.caps.list_max_days):
        for row in way.listing(company, first.isoformat(), last.isoformat()):
            rows[row.number] = row
    return list(rows.values())


def _span(channel: str, found: Reopening) -> tuple[date, date]:
    # By the bureau's own dates as far as there are any: our wall clock may have been wrong when the
    # backup was made, and may be wrong now; whoever restores looks at it. Too long a list costs a moment,
    # too short a one an invoice.
    known = db.rows("SELECT max(issued_at) FROM document WHERE channel = ? AND number IS NOT NULL", channel)
    told = (datetime.fromisoformat(moment) for moment in (found.since, found.begun_at))
    ours = clock.today(), *(moment.astimezone(clock.CHINA).date() for moment in told)
    if known[0][0]:
        issued = date.fromisoformat(known[0][0][:10])
        return issued - timedelta(days=DAYS_BEFORE), max(*ours, issued) + timedelta(days=DAYS_AFTER)
    return min(ours) - timedelta(days=DAYS_BLIND), max(ours) + timedelta(days=DAYS_AFTER)


def _stretches(first: date, last: date, days: int) -> list[tuple[date, date]]:
    # One day over: a provider may count the ends of a range differently.
    step = timedelta(days=max(1, days - 1)) if days else last - first
    found, start = [], first
    while start < last:
        found.append((start, min(start + step, last)))
        start += step
    return found or [(first, last)]


def _compare(name: str, rows: list[Listed] | None) -> int:
    found = db.rows("SELECT serial, id, state, number FROM document WHERE channel = ?", name)
    mine = {serial: (id, State(state), number) for serial, id, state, number in found}
    theirs = {row.serial for row in rows or []}
    if theirs - mine.keys():
        mine |= _adopt(name, theirs)
    for serial, (id, state, _) in mine.items():
        if state is State.QUEUED and (rows is None or serial in theirs):
            # Sent after the backup, as the list shows; or, without a list, perhaps.
            _remember(documents.find_document(id))
        elif serial in theirs and state in (State.UNKNOWN, State.ACCEPTED, State.PARKED):
            tasks.enqueue(posting.ASK, id)
    return sum(
        strays.add(row, name) for row in rows or [] if _is_stray(row, *mine.get(row.serial, ("", None, "")))
    )


def _adopt(name: str, theirs: set[str]) -> dict[str, tuple[str, State, str]]:
    """Documents that the bureau issued under a later serial: they had been refused or queued anew since."""
    marks, adopted = ", ".join("?" * len(_OPEN)), {}
    for document in documents.select(f"channel = ? AND state IN ({marks})", name, *_OPEN):
        invoice = document.invoice
        key = scope.company(), invoice.source, invoice.source_ref, invoice.side
        later = states.serials(*key, document.standing.generation + 1)
        issued = [(generation, serial) for serial, generation in later.items() if serial in theirs]
        if issued and document.serial not in theirs:
            generation, serial = max(issued)
            standing = states.adopted(generation)
            documents.save_standing(document, standing, serial=serial, generation=generation)
            body = {"serial": serial, "before": document.serial, "reason": standing.reason}
            ledger.append("invoice-unknown", document.id, body, "job:reopen")
            tasks.enqueue(posting.ASK, document.id)
            adopted[serial] = document.id, State.UNKNOWN, ""
    return adopted


def _remember(document: Document) -> None:
    standing = states.remembered(document.standing)
    documents.save_standing(document, standing)
    body = {"serial": document.serial, "reason": standing.reason}
    ledger.append("invoice-unknown", document.id, body, "job:reopen")
    tasks.enqueue(posting.ASK, document.id)


def _is_stray(row: Listed, _id: str, state: State | None, number: str) -> bool:
    if state in (None, State.REJECTED, State.VOID):
        return True
    return state is State.ISSUED and number != row.number
