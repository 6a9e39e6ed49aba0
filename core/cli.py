"""The `fapiao` program."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import click

from core import demo, docs, i18n, loading, registry, scope, server, soundness, upkeep
from core.contributions import FreeCommand
from core.errors import AppError, StartError
from core.invocation import EXIT_REFUSED, EXIT_USAGE, company, open_house


class Program(click.Group):
    """The host's commands and those that plugins bring."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._brought()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self._brought().get(cmd_name)

    @staticmethod
    def _brought() -> dict[str, click.Command]:
        found: dict[str, click.Command] = {}
        for name, module in loading.found_names().items():
            for command in loading.commands_of(name, module):
                found.setdefault(str(command.name), _in_scope(command, name))
        return found


def _in_scope(command: click.Command, module: str) -> click.Command:
    if isinstance(command, FreeCommand):
        return command
    inner = command.callback

    def outer(*args: Any, **values: Any) -> Any:
        opened = open_house()
        with opened.at_company(company()):
            if not opened.plugins.is_on(module):
                raise StartError(f"module {module} is off for this company")
            return inner(*args, **values) if inner else None

    if isinstance(command, click.Group):
        for sub in command.commands.values():
            _in_scope(sub, module)
    else:
        command.callback = outer
    return command


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(file_okay=False), help="The data folder; default: ./fapiao-data.")
@click.option("--company", help="The company by id, tax id or name; needed only where there are several.")
@click.option("--lang", type=click.Choice(list(i18n.LOCALES)), default="zh", help="Language of messages.")
def main_group(data: str | None, company: str | None, lang: str) -> None:
    """Fapiao: an e-invoice server that loses nothing."""
    i18n.set_locale(lang)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


@main_group.command()
@click.option("--host", help="Address to listen at; default 127.0.0.1.")
@click.option("--port", type=int, help="Port to listen at; default 8000.")
@click.option("--demo", "with_demo", is_flag=True, help="With the demo company and the simulated tax bureau.")
@click.option("--safe-mode", is_flag=True, help="Load the core only.")
def serve(host: str | None, port: int | None, with_demo: bool, safe_mode: bool) -> None:
    """Serve until Ctrl-C."""
    chosen = {"FAPIAO_HOST": host, "FAPIAO_PORT": port and str(port), "FAPIAO_DEMO": with_demo and "1",
              "FAPIAO_SAFE_MODE": safe_mode and "1"}  # fmt: skip
    opened = open_house(serving=True, **{name: value for name, value in chosen.items() if value})

    def ready(address: str) -> None:
        click.echo(f"\n  Fapiao  {address}\n  data    {opened.folder.root}")
        for line in demo.log_ins(opened):
            click.echo(f"  {line}")
        for name, reason in opened.plugins.quarantined.items():
            click.echo(f"  module {name} is off: {reason}", err=True)
        click.echo("  Ctrl-C stops it.\n")

    server.serve(opened, before=lambda: demo.furnish(opened), ready=ready)


@main_group.group("ledger")
def ledger_group() -> None:
    """The ledger."""


@ledger_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def ledger_verify(as_json: bool) -> None:
    """Recompute every leaf and root of every company; exit code 1 names what is wrong."""
    opened, reports = open_house(), []
    whole = soundness.house(opened.signer)
    for each in registry.companies():
        with scope.opened(each.id), _bar(each.name, as_json) as step:
            reports.append((each, soundness.company(opened.signer, step)))
    bad = bool(whole) or any(report.problems for _, report in reports)
    if as_json:
        told = [{"company": c.id, "name": c.name, **report.__dict__} for c, report in reports]
        told += [{"company": "", "name": "installation", "problems": whole}] if whole else []
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for problem in whole:
            click.echo(f"installation: {problem}")
        for each, report in reports:
            verdict = "; ".join(report.problems) or "sound"
            click.echo(f"{each.name}: {report.size} events, {report.checkpoints} checkpoints, {verdict}")
    sys.exit(EXIT_REFUSED if bad else 0)


class _bar:
    """A progress bar on standard error, for people only."""

    def __init__(self, label: str, quiet: bool) -> None:
        self._label, self._quiet = label, quiet or not sys.stderr.isatty()

    def __enter__(self) -> Any:
        return (
            None if self._quiet else lambda done: click.echo(f"\r{self._label}: {done}", nl=False, err=True)
        )

    def __exit__(self, *_: object) -> None:
        if not self._quiet:
            click.echo("", err=True)


@main_group.group("module")
def module_group() -> None:
    """Modules of a company."""


@module_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def module_list(as_json: bool) -> None:
    """List modules and whether they are on."""
    opened = open_house()
    with opened.at_company(company()):
        on = set(opened.plugins.on())
    names = sorted({*opened.plugins.manifests, *opened.plugins.quarantined})
    if as_json:
        click.echo(json.dumps({name: name in on for name in names}))
        return
    for name in names:
        click.echo(
            f"{'on ' if name in on else 'off'} {name} {opened.plugins.quarantined.get(name, '')}".rstrip()
        )


@module_group.command("switch")
@click.argument("name")
@click.argument("to", type=click.Choice(["on", "off"]))
def module_switch(name: str, to: str) -> None:
    """Switch a module for a company: at once, also in a running server."""
    opened = open_house()
    manifest = opened.plugins.manifests.get(name)
    if manifest is None or manifest.essential:
        raise StartError(f"there is no module {name!r} to switch")
    with opened.at_company(company()):
        registry.switch(name, to == "on", "cli")


for _command in (upkeep.doctor, upkeep.snapshot, upkeep.restore, upkeep.thaw):
    main_group.add_command(_command)


@main_group.command("docs")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a page is stale.")
def write_docs(check: bool) -> None:
    """Write docs/ from the code."""
    stale = docs.write(open_house(), check=check)
    click.echo(" ".join(["stale:" if check else "wrote:", *(stale or ["nothing"])]))
    sys.exit(EXIT_REFUSED if check and stale else 0)


def main() -> None:
    """Run the program; known refusals are one line, not a traceback."""
    try:
        main_group(standalone_mode=True)
    except StartError as error:
        click.echo(f"fapiao: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except AppError as error:
        click.echo(f"fapiao: {i18n.gettext(error.message, **error.params)}", err=True)
        sys.exit(EXIT_REFUSED)


if __name__ == "__main__":
    main()
