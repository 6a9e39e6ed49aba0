"""Commands of whoever runs a server: is it well, snapshots, restores, and opening after one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from core import checkpoints, db, disk, health, i18n, instance, registry, reopening, schema, snapshots
from core.errors import StartError
from core.house import CODE, House
from core.invocation import EXIT_REFUSED, EXIT_USAGE, data_folder, open_house
from core.settings import HOST, Settings
from core.snapshots import Manifest
from core.sqlite import House as Database

_MARKS = {"ok": "+", "warn": "!", "bad": "x"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def doctor(as_json: bool) -> None:
    """Is all well? Exit code 0 yes, 1 something wants a look, 2 something is wrong."""
    found = health.checks(open_house().signer)
    if as_json:
        told = [{"name": c.name, "level": c.level, "text": _said(c)} for c in found]
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for check in found:
            click.echo(f"{_MARKS[check.level]} {check.name}  {_said(check)}".rstrip())
    sys.exit({"ok": 0, "warn": EXIT_REFUSED, "bad": EXIT_USAGE}[health.worst(found)])


def _said(check: health.Check) -> str:
    params = {name: i18n.gettext(str(value)) for name, value in check.params}
    return i18n.gettext(check.text, **params) if check.text else ""


@click.group()
def snapshot() -> None:
    """Snapshots of the whole data folder."""


@snapshot.command("take")
@click.argument("target", type=click.Path(path_type=Path))
def snapshot_take(target: Path) -> None:
    """Write one to a new folder while the server works; it counts only once it proved itself."""
    opened = open_house()
    manifest = snapshots.take(opened.folder, target)
    events = sum(size for size, _ in manifest.ledgers.values())
    click.echo(
        f"{target}: {len(manifest.ledgers)} companies, {events} events, {manifest.originals} originals"
    )
    click.echo("It holds the keys of this installation: keep it as you keep those.")


@snapshot.command("check")
@click.argument("target", type=click.Path(path_type=Path, exists=True))
def snapshot_check(target: Path) -> None:
    """Read one through; exit code 1 names what is wrong with it."""
    problems = snapshots.check(target)
    click.echo("\n".join(problems) or "sound")
    sys.exit(EXIT_REFUSED if problems else 0)


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--old-is-off", is_flag=True, help="Confirms that no other server works on with these data.")
def restore(source: Path, old_is_off: bool) -> None:
    """Put a snapshot in the place of the data folder's state; what was there is moved aside.

    Issuing stays closed until one settle window has passed and the bureau's list was read: start the
    server, and it opens by itself.
    """
    if not old_is_off:
        raise StartError(
            "two servers with the same data would issue everything twice: make sure that the old one is off,"
            " then say so with --old-is-off"
        )
    folder = instance.prepare(_root())
    with instance.lock(folder):
        # Nobody serves: what stopped the last server must not stop the way out of it.
        disk.begin(reserve=False)
        snapshots.bring_keys(source, folder)
        signer = checkpoints.Signer(instance.signing_key(folder), _witness(folder))

        def prepare(link: Database, manifest: Manifest) -> None:
            schema.migrate(link, [("core", CODE / "core" / "migrations")])
            with link.atomic("IMMEDIATE"):
                reopening.begin_in(link, manifest.taken_at, signer)

        aside = snapshots.put_back(source, folder, prepare)
    opened = open_house()
    _tell_missing(opened)
    reopening.announce(opened.signer)
    if aside:
        click.echo(f"What was there before lies in {aside}")
    click.echo(
        "Issuing is closed until the bureau's list was compared: start the server, it goes on by itself."
    )


def _root() -> Path:
    host = Settings(HOST, {k: v for k, v in os.environ.items() if k in {s.variable for s in HOST}})
    return data_folder() or Path(host.text("data"))


def _witness(folder: instance.Folder) -> Path:
    named = os.environ.get("FAPIAO_WITNESS")
    return Path(named) if named else folder.root / "witness.jsonl"


def _tell_missing(opened: House) -> None:
    sizes = dict(db.system.execute_sql("SELECT company, size FROM _ledger_head").fetchall())
    names = {company.id: company.name for company in registry.companies()}
    for company, note in checkpoints.last_witnessed(opened.signer).items():
        lost = note.size - sizes.get(company, 0)
        if lost > 0:
            click.echo(f"{names.get(company, company)}: the witness saw {lost} events that are not in it")


@click.command()
@click.option("--compared", is_flag=True, help="A person compared the bureau's records by hand.")
def thaw(compared: bool) -> None:
    """Open issuing again after a freeze: settle, read the bureau's list, then open."""
    opened = open_house()
    if not registry.frozen():
        click.echo("Issuing is open.")
        return
    if reopening.pending() is None:
        reopening.begin(reopening.remembers_until(), opened.signer)
    if reopening.step(opened.signer, compared=compared):
        click.echo("Issuing is open.")
        return
    click.echo("Settling: issuing opens by itself once the settle window is over and the list was read.")
    sys.exit(EXIT_REFUSED)
