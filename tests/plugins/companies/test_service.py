"""The seller's particulars."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import ledger, posting, registry, scope
from core.contributions import Actor
from core.invoice import Party
from plugins.companies import service
from tests.factories import draft
from tests.plugins.companies.conftest import TAX_ID


def test_an_untouched_profile_is_what_core_knows(firm: str) -> None:
    own = service.profile()
    assert (own.name, own.tax_id, own.region, own.kind) == (
        "北京云杉办公用品有限公司",
        TAX_ID,
        "11",
        "general",
    )
    assert (own.address, own.version) == ("", 0)


def test_a_change_is_kept_with_what_was_before(firm: str, li: Actor) -> None:
    assert service.change(replace(service.profile(), address="学院路 1 号", kind="small"), li) == []
    assert service.change(replace(service.profile(), address="学院路 2 号"), li) == []
    assert (service.profile().address, service.profile().kind, service.profile().version) == (
        "学院路 2 号",
        "small",
        2,
    )
    last, first, founding = service.history()
    assert first.body == {
        "before": {"kind": "general", "address": ""}, "by": "李云",
        "after": {"kind": "small", "address": "学院路 1 号"},
    }  # fmt: skip
    assert last.body["before"] == {"address": "学院路 1 号"}
    assert (last.kind, last.actor, founding.kind) == ("company-changed", "user:li", "company-created")


def test_nothing_changed_is_no_event(firm: str, li: Actor) -> None:
    assert service.change(service.profile(), li) == []
    assert ledger.size() == 1


def test_name_tax_id_and_region_reach_core(firm: str, li: Actor) -> None:
    wanted = replace(service.profile(), name="上海云杉有限公司", tax_id="91310115MA1K00007Q", region="31")
    service.change(wanted, li)
    core = registry.this_company()
    assert (core.name, core.tax_id, core.region) == ("上海云杉有限公司", "91310115MA1K00007Q", "31")


def test_of_two_who_change_at_once_the_second_is_told(firm: str, li: Actor) -> None:
    seen_by_both = service.profile()
    service.change(replace(seen_by_both, phone="010-62000000"), li)
    late = service.change(replace(seen_by_both, phone="010-62000001"), li)
    assert [fault.code for fault in late] == ["COMPANIES-PROFILE-11"]
    assert service.profile().phone == "010-62000000"


def test_another_companys_profile_is_out_of_reach(firm: str, li: Actor) -> None:
    service.change(replace(service.profile(), bank="云杉银行", account="1109 2600"), li)
    other = registry.create_company("上海样例贸易有限公司", "91310115MA1K00007Q", "31")
    with scope.opened(other, "wang"):
        assert service.profile().bank == ""
        service.change(
            replace(service.profile(), phone="021-50000000"), Actor("wang", "王芳", other, "owner")
        )
    assert service.profile().phone == ""


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"name": "长" * 101}, ["COMPANIES-PROFILE-01"]),
        ({"address": "学院路\u202e 1 号"}, ["COMPANIES-PROFILE-01"]),
        ({"name": ""}, ["COMPANIES-PROFILE-02"]),
        ({"tax_id": "91110108MA01ABCD5X"}, ["COMPANIES-PROFILE-03"]),
        ({"tax_id": "110108012345678"}, ["COMPANIES-PROFILE-04"]),
        ({"region": "99"}, ["COMPANIES-PROFILE-05"]),
        ({"kind": "huge"}, ["COMPANIES-PROFILE-06"]),
        ({"phone": "call me"}, ["COMPANIES-PROFILE-07"]),
        ({"bank": "云杉银行", "account": "IBAN"}, ["COMPANIES-PROFILE-08"]),
        ({"bank": "云杉银行"}, ["COMPANIES-PROFILE-09"]),
        ({"account": "1109 2600"}, ["COMPANIES-PROFILE-09"]),
        ({"email": "nonsense"}, ["COMPANIES-PROFILE-10"]),
        ({"phone": "+86 (10) 62000000", "email": "a@b.cn", "bank": "云杉银行", "account": "1109-2600"}, []),
    ],
)
def test_particulars_are_judged(firm: str, changes: dict[str, str], codes: list[str]) -> None:
    found = service.judge(replace(service.profile(), **changes))  # type: ignore[arg-type]
    assert [fault.code for fault in found] == codes
    assert all((fault.severity == "warning") == (fault.code == "COMPANIES-PROFILE-04") for fault in found)


def test_full_width_digits_are_read_and_full_width_brackets_kept() -> None:
    own = service.read(
        {
            "name": " 云杉（北京）有限公司 ",
            "tax_id": "９１１１０１０８ma01abcd5t",
            "phone": "０１０－６２０００００",
            "version": "x",
        }
    )
    assert (own.name, own.tax_id, own.phone, own.version) == (
        "云杉（北京）有限公司",
        TAX_ID,
        "010-6200000",
        -1,
    )


def test_hook_prepare_draft_puts_the_company_on_every_draft(firm: str, li: Actor) -> None:
    service.change(replace(service.profile(), address="学院路 1 号", phone="010-62000000"), li)
    foreign = draft(seller=Party("别家公司", "91310115MA1K00007Q"), drawer="")
    prepared, _ = posting.preview(foreign, li)
    assert prepared.seller == Party("北京云杉办公用品有限公司", TAX_ID, "学院路 1 号", "010-62000000")


@pytest.mark.parametrize(
    ("typed", "default", "drawer"), [("赵敏", "王芳", "赵敏"), ("", "王芳", "王芳"), ("", "", "李云")]
)
def test_the_drawer_is_the_typed_the_default_or_the_actor(
    firm: str, li: Actor, typed: str, default: str, drawer: str
) -> None:
    service.change(replace(service.profile(), drawer=default), li)
    assert service.prepare(draft(drawer=typed), li).drawer == drawer
