"""`fapiao issue`, `list` and `show`: exit codes, and nothing twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import scope
from core.channels import Ambiguous, Refused
from plugins.issuing import commands
from tests.flows.desk import PAPER, Desk

Run = Callable[..., Result]


def paper(**changes: Any) -> dict[str, Any]:
    line = {"name": "复印纸", "code": PAPER, "quantity": 2, "price": "150.00", "rate": "0.13"}
    return {
        "kind": "ordinary",
        "buyer": {"name": "上海样例贸易有限公司"},
        "drawer": "张三",
        "lines": [line],
        **changes,
    }


@pytest.fixture
def run(quiet_desk: Desk) -> Run:
    def call(command: Any, *arguments: str, given: object = None) -> Result:
        raw = given if isinstance(given, str) else json.dumps(given)
        with scope.opened(quiet_desk.company):
            return CliRunner().invoke(command, list(arguments), input=raw)

    return call


def test_issued_is_zero_and_again_is_the_same(run: Run, quiet_desk: Desk) -> None:
    first = run(commands.issue, "-", given=paper())
    assert (first.exit_code, "已开具" in first.output) == (0, True), first.output
    again = run(commands.issue, "-", "--json", given=paper())
    assert again.exit_code == 0
    assert json.loads(again.stdout)[0]["document"]["total"] == "339.00"
    assert len(quiet_desk.documents()) == 1
    assert quiet_desk.documents()[0].actor == "user:cli"
    assert quiet_desk.documents()[0].invoice.lines[0].label == "*纸制品*复印纸"


def test_a_list_is_issued_each(run: Run, quiet_desk: Desk) -> None:
    answer = run(commands.issue, "-", given=[paper(order_no=f"B-{n}") for n in range(3)])
    assert answer.exit_code == 0, answer.output
    assert len(quiet_desk.documents()) == 3


def test_an_order_is_the_same_here_as_in_the_form(run: Run, quiet_desk: Desk) -> None:
    quiet_desk.issue(order_no="A-1")
    answer = run(commands.issue, "-", "--json", given=paper(order_no="A-1"))
    assert answer.exit_code == 1
    assert {fault["code"] for fault in json.loads(answer.stdout)[0]["faults"]} == {"CORE-KEY-02"}
    assert len(quiet_desk.documents()) == 1


def test_refused_is_one_and_says_why(run: Run) -> None:
    answer = run(commands.issue, "-", given=paper(buyer={"name": ""}))
    assert answer.exit_code == 1
    assert "ISSUING-BUYER-01 buyer.name: 购买方名称不能为空" in answer.stderr
    assert "CORE-FORM-02" in run(commands.issue, "-", given=paper(colour="red")).stderr
    assert "CORE-FORM-04" in run(commands.issue, "-", given=paper(lines=[{"price": 1.5}])).stderr


def test_refused_by_the_bureau_is_one(run: Run, quiet_desk: Desk) -> None:
    quiet_desk.channel.on_submit = lambda order: Refused("3001", "购买方税号有误")
    assert run(commands.issue, "-", given=paper()).exit_code == 1


@pytest.mark.parametrize("given", ["{", "7", "[]", '["x"]'])
def test_wrong_usage_is_two(run: Run, given: str) -> None:
    assert run(commands.issue, "-", given=given).exit_code == 2


def test_not_known_is_three(run: Run, quiet_desk: Desk) -> None:
    quiet_desk.channel.on_submit = lambda order: Ambiguous("NO-ANSWER")
    answer = run(commands.issue, "-", "--wait", "3", "--key", "K-1", given=paper())
    assert answer.exit_code == 3
    assert "结果不明" in answer.stdout
    assert run(commands.issue, "-", "--wait", "0", given=paper(remark="x")).exit_code == 3


def test_list_and_show(run: Run, quiet_desk: Desk) -> None:
    found = quiet_desk.issue(order_no="A-1")
    assert found.id in run(commands.list_documents).output
    assert json.loads(run(commands.list_documents, "--state", "issued", "--json").stdout) == []
    quiet_desk.work()
    number = quiet_desk.document(found.id).number
    assert "开票成功" in run(commands.show, number).output
    whole = json.loads(run(commands.show, found.id, "--json").stdout)
    assert (whole["invoice"]["order_no"], whole["events"][-1]["kind"]) == ("A-1", "invoice-issued")
