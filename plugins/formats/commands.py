"""`fapiao read`: what invoice files say, for people and for scripts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from core.api import FreeCommand, _
from plugins.formats import reading
from plugins.formats.facts import Facts


@click.command(cls=FreeCommand)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines: one object a line.")
def read(files: tuple[Path, ...], as_json: bool) -> None:
    """Read invoice files: XML, OFD, PDF, images. Exit code 0 all read, 1 some not."""
    whole = True
    for path in files:
        facts = _read(path)
        whole = whole and reading.is_read(facts)
        click.echo(facts.as_json() if as_json else _told(facts))
    sys.exit(0 if whole else 1)


def _read(path: Path) -> Facts:
    try:
        content = path.read_bytes()
    except OSError as error:
        return reading.missing(str(path), error.strerror or str(error))
    return reading.read(str(path), content)


def _told(facts: Facts) -> str:
    said = facts.as_dict()
    rows = [
        (_("文件"), f"{facts.file} ({facts.format})"),
        (_("号码"), " ".join(part for part in (said["code"], said["number"]) if part)),
        (_("开票日期"), said["issue_date"]),
        (_("购买方"), " ".join(part for part in said["buyer"].values() if part)),
        (_("销售方"), " ".join(part for part in said["seller"].values() if part)),
        (_("价税合计"), said["total"]),
        (_("签名"), _signature(facts)),
    ]
    lines = [f"{name}: {value}" for name, value in rows if value]
    lines += [
        f"{finding.severity} {finding.code}: {_(finding.message, **finding.params)}"
        for finding in facts.findings
    ]
    return "\n".join(lines) + "\n"


def _signature(facts: Facts) -> str:
    found = facts.signature
    if not found.present:
        return _("没有")
    verdict = {True: _("有效"), False: _("无效"), None: _("无法判断")}[found.valid]
    return " ".join(
        part for part in (verdict, found.signer or "", _(found.reason) if found.reason else "") if part
    )
