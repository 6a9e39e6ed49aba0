"""The command line: ask for invoices from JSON, list and show them."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any

import click

from core.api import (
    Actor,
    Document,
    Fault,
    Invoice,
    State,
    _,
    documents,
    forms,
    house,
    ledger,
    money,
    post,
    scope,
)
from plugins.issuing import explain

REFUSED, UNCLEAR = 1, 3
"""Exit codes beside 0 (all issued) and 2 (wrong usage)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One draft of the file, and what became of it."""

    key: str
    document: Document | None
    faults: list[Fault]

    def now(self) -> Document | None:
        """The document as it stands now."""
        return documents.find_document(self.document.id) if self.document else None


@click.command("issue")
@click.argument("file", type=click.File("rb"))
@click.option("--key", help="Idempotency key; by default it follows from the draft's content.")
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="Seconds to wait for the outcome.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def issue(file: IO[bytes], key: str | None, wait: float, as_json: bool) -> None:
    """Issue the draft, or the list of drafts, in FILE (JSON; - is standard input).

    The same file again issues nothing twice. Exit codes: 0 all issued, 1 refused, 2 wrong usage, 3 the
    outcome is not known yet.
    """
    asked = [_ask(raw, _key(raw, key, number)) for number, raw in enumerate(_read(file))]
    _settle(asked, wait)
    if as_json:
        click.echo(json.dumps([_outcome(one) for one in asked], ensure_ascii=False, indent=2))
    else:
        for one in asked:
            _tell(one)
    sys.exit(_exit_code(asked))


def _read(file: IO[bytes]) -> list[Mapping[str, Any]]:
    try:
        raw = json.loads(file.read())
    except ValueError as error:
        raise click.UsageError(_("不是有效的 JSON:%(error)s", error=error)) from error
    drafts = raw if isinstance(raw, list) else [raw]
    if not drafts or not all(isinstance(draft, dict) for draft in drafts):
        raise click.UsageError(_("JSON 应是一张发票(对象)或若干张发票(数组)"))
    return drafts


def _key(raw: Mapping[str, Any], given: str | None, number: int) -> str:
    if given:
        return f"{given}-{number}" if number else given
    return hashlib.sha256(json.dumps(raw, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _ask(raw: Mapping[str, Any], key: str) -> Asked:
    draft, faults = forms.json_draft(raw)
    if faults:
        return Asked(key, None, faults)
    actor = Actor(user="cli", name=_("命令行"), company=scope().company, role="owner")
    outcome = post(_named(draft, raw, key), key, actor)
    refused = [fault for fault in outcome.faults if fault.severity == "error"]
    return Asked(key, None if refused else outcome.document, outcome.faults)


def _named(draft: Invoice, raw: Mapping[str, Any], key: str) -> Invoice:
    # An order number is the same key here as in the form: one order, one invoice, wherever it is asked for.
    source = str(raw.get("source") or ("order" if draft.order_no else "cli"))
    return replace(draft, source=source, source_ref=str(raw.get("source_ref") or draft.order_no or key))


def _settle(asked: list[Asked], wait: float) -> None:
    waiting = [one.document.id for one in asked if one.document and one.document.state not in explain.FINAL]
    if not waiting or not wait:
        return
    quiet = not sys.stderr.isatty()
    with click.progressbar(length=len(waiting), label=_("等待税局"), file=sys.stderr, hidden=quiet) as bar:

        def is_done() -> bool:
            done = sum(found.state in explain.FINAL for found in documents.by_ids(waiting).values())
            bar.update(done - bar.pos)
            return done == len(waiting)

        house().settle(is_done, wait)


def _exit_code(asked: list[Asked]) -> int:
    states = [found.state if (found := one.now()) else State.REJECTED for one in asked]
    if any(state in (State.REJECTED, State.VOID) for state in states):
        return REFUSED
    return 0 if all(state is State.ISSUED for state in states) else UNCLEAR


def _outcome(one: Asked) -> dict[str, Any]:
    found = one.now()
    return {"key": one.key, "document": _facts(found) if found else None,
            "faults": [{"code": f.code, "path": f.path, "severity": f.severity, "message": _say(f.message, f),
                        "remedy": _say(f.remedy, f)} for f in one.faults]}  # fmt: skip


def _say(sentence: str, fault: Fault) -> str:
    return _(sentence, **fault.params)


def _tell(one: Asked) -> None:
    for fault in one.faults:
        click.echo(
            f"{fault.code} {fault.path or '-'}: {_say(fault.message, fault)} {_say(fault.remedy, fault)}",
            err=True,
        )
    if found := one.now():
        click.echo(_line(found))


def _line(found: Document) -> str:
    state = _(house().state_title(found.state))
    parts = [found.id, state, found.number or "-", money.yuan(found.invoice.total), found.invoice.buyer.name,
             found.invoice.order_no, found.reason]  # fmt: skip
    return "  ".join(part for part in parts if part)


def _facts(found: Document) -> dict[str, Any]:
    return {
        "id": found.id, "state": str(found.state), "number": found.number, "issued_at": found.issued_at,
        "created_at": found.created_at, "kind": found.invoice.kind, "buyer": found.invoice.buyer.name,
        "total": money.yuan(found.invoice.total), "order_no": found.invoice.order_no, "reason": found.reason,
        "simulated": found.simulated, "replaced_by": found.replaced_by,
    }  # fmt: skip


@click.command("list")
@click.option("--state", type=click.Choice([str(state) for state in State]), help="Only those in this state.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many, newest first."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_documents(state: str | None, limit: int, as_json: bool) -> None:
    """List invoices that were asked for, newest first."""
    found = _newest([State(state)] if state else None, limit)
    if as_json:
        click.echo(json.dumps([_facts(document) for document in found], ensure_ascii=False, indent=2))
        return
    for document in found:
        click.echo(_line(document))


def _newest(states: list[State] | None, limit: int) -> Iterator[Document]:
    before = ""
    while limit > 0:
        page = documents.documents(states, before=before, limit=min(limit, 500))
        yield from page
        if not page:
            return
        before, limit = page[-1].id, limit - len(page)


@click.command("show")
@click.argument("which", metavar="ID-OR-NUMBER")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show(which: str, as_json: bool) -> None:
    """Show one invoice with its history."""
    found = documents.document_by_number(which) if which.isdigit() else documents.find_document(which)
    events = ledger.events_about(found.id)
    if as_json:
        story = [{"seq": e.seq, "kind": e.kind, "at": e.at, "actor": e.actor, "body": e.body} for e in events]
        whole = _facts(found) | {"serial": found.serial, "invoice": found.invoice.as_dict(), "events": story}
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    standing = explain.standing(found, events)
    click.echo(_line(found))
    click.echo("\n".join(text for text in (standing.text, standing.reason, standing.said) if text))
    for step in explain.history(events):
        click.echo(
            "  ".join(
                part for part in (house().china_time(step.event.at), step.title, step.who, step.note) if part
            )
        )


COMMANDS: list[click.Command] = [issue, list_documents, show]
