"""`fapiao verify` and its exit codes."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from core import registry
from core.channels import Ambiguous, NotFound
from core.cli import main_group
from core.documents import Document
from core.errors import StartError
from core.house import House
from plugins.verify import service
from plugins.verify.commands import verify
from tests.plugins.archive.conftest import Ask
from tests.puppet import PuppetChannel

GOOD = ["--number", "26110000000000000001", "--date", "2026-11-24", "--total", "339.00"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verify, arguments)


def test_an_invoice_that_agrees_is_0(issued: Document) -> None:
    result = run(*GOOD)
    assert (result.exit_code, result.output.split()[0]) == (0, "一致")
    assert "样票" in result.output
    assert len(service.history()) == 1


def test_one_that_does_not_is_1_and_says_which(issued: Document) -> None:
    result = run(*GOOD[:-1], "340")
    assert result.exit_code == 1
    assert "价税合计与账本不一致" in result.output
    assert run("--qr", "01,31,,26112000000012345678,1060.00,20261124,,2AF5").exit_code == 1


def test_no_question_is_2(issued: Document) -> None:
    for arguments in [[], GOOD[:2], [*GOOD, "--qr", "x"], ["--qr", "x"], [*GOOD[:-1], "x"]]:
        assert run(*arguments).exit_code == 2


def test_what_cannot_be_decided_is_3(house: House, ask: Ask, puppet: PuppetChannel) -> None:
    puppet.on_submit = lambda order: Ambiguous("TIMEOUT")
    puppet.on_query = lambda order: NotFound()
    ask()
    house.runner().drain(5)
    assert run(*GOOD).exit_code == 3


def test_for_machines(issued: Document) -> None:
    told: dict[str, Any] = json.loads(run(*GOOD, "--json").output)
    assert (told["verdict"], told["document"], told["total"]) == ("agrees", issued.id, "339.00")
    assert {finding["code"] for finding in told["findings"]} >= {"VERIFY-NUMBER-01", "VERIFY-LEDGER-01"}


def test_the_command_is_gone_with_the_module(house: House, issued: Document) -> None:
    registry.switch("verify", False, "test")
    result = CliRunner().invoke(main_group, ["--data", str(house.folder.root), "verify", *GOOD])
    assert isinstance(result.exception, StartError)
    assert "verify is off" in str(result.exception)
    registry.switch("verify", True, "test")
    assert CliRunner().invoke(main_group, ["--data", str(house.folder.root), "verify", *GOOD]).exit_code == 0
