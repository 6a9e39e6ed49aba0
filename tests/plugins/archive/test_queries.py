"""A fixed set of documents and queries: what finds what, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core import clock, posting, registry, scope
from core.channels import Ambiguous, NotFound, Refused
from core.house import House
from core.invoice import Party
from plugins.archive import service
from tests.factories import SELLER, line
from tests.plugins.archive.conftest import Ask, asking, ids, take_in
from tests.puppet import PuppetChannel

HOSTILE = [
    '"',
    "'",
    '"""',
    "'; DROP TABLE document; --",
    '云帆"',
    "AND",
    "OR",
    "NOT",
    "云 AND 帆",
    "NEAR(云 帆)",
    "云*",
    "hit:云",
    "^云",
    "{a b}:c",
    "(",
    ")",
    "((((",
    "-云",
    "+",
    "%",
    "_",
    "%%%",
    "\0",
    "云\0帆",
    "\\",
    "😀",
    "👨‍👩‍👧‍👦",
    "\u202e反",
    "\ufeff",
    "a" * 5000,
    "云" * 5000,
    "1" * 5000,
    "云 " * 500,
    "9" * 40 + ".9",
    "1e999",
    "-",
    "--",
    "\n\t",
    "zw",
    "zm106000",
    "t",
    "0",
    "٣",
    "½",
    "Ⅷ",
    "ß",
    "ﬁ",
    "\ud7ff",
    "01,31,,x,1,20261124,,",
    '01,31,,",1,20261124,,X',
    "0000-00-00",
    "99月99日",
    "20269999",
]


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Five documents in four states, the last one newer than the index; made once, only read here."""
    house = House({"FAPIAO_PLUGINS": "archive"}, tmp_path_factory.mktemp("five"))
    puppet = PuppetChannel()
    posting.furnish([], [puppet])
    with clock.use(clock.FakeClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))) as fake:
        company = registry.create_company(SELLER.name, SELLER.tax_id, "11")
        with scope.opened(company, "user-1"):
            yield _made(house, puppet, asking(fake))  # type: ignore[arg-type]
    house.close()


def _made(house: House, puppet: PuppetChannel, ask: Ask) -> dict[str, str]:
    yun = ask(
        buyer=Party("北京云帆科技有限公司", "91110105MA01K3T26A"),
        order_no="SO-20261120-0031",
        drawer="王小丫",
        lines=(
            line(name="激光打印机", spec="HL-2260D", price="500.00", quantity=None, entered=50000),
            line(name="上门安装", short_name="服务", entered=50000, rate="0.06"),
        ),
        remark="送货地址:朝阳区建国路 88 号,收货人赵先生",
        buyer_mobile="13800138000",
    )
    house.runner().drain(60)
    paper = ask(buyer=Party("上海样例贸易有限公司", "91310115MA1K00007Q"), order_no="A7788")
    house.runner().drain(60)
    puppet.on_submit = lambda order: Refused("3001", "购买方税号有误")
    bad = ask(buyer=Party("广州云海餐饮管理有限公司", "91440101MA5C12340H"), order_no="SO-20261121-0077")
    house.runner().drain(60)
    puppet.on_submit = lambda order: Ambiguous("TIMEOUT")
    puppet.on_query = lambda order: NotFound()
    lost = ask(buyer=Party("王明", is_person=True), order_no="WX20261124990", remark="ABC 会议用")
    house.runner().drain(5)
    take_in()
    wait = ask(buyer=Party("云南茶叶有限公司", "91530100MA6K99990B"), order_no="0031-B")
    return {"yun": yun.id, "paper": paper.id, "bad": bad.id, "lost": lost.id, "wait": wait.id}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("云", "wait bad yun"),
        ("云帆", "yun"),
        ("云帆科技", "yun"),
        ("有限公司", "wait bad paper yun"),
        ("北京云帆科技有限公司", "yun"),
        ("帆云", ""),
        ("王明", "lost"),
        ("王", "lost yun"),
        ("王小丫", "yun"),
        ("打印机", "yun"),
        ("hl-2260", "yun"),
        ("2260D", "yun"),
        ("服务", "yun"),
        ("复印纸 A4", "wait lost bad paper"),
        ("朝阳区", "yun"),
        ("赵先生", "yun"),
        ("abc", "lost"),
        ("会议", "lost"),
        ("910", ""),
        ("91110105MA01K3T26A", "yun"),
        ("91110105ma01k3t26a", "yun"),
        ("9144", "bad"),
        ("SO-20261120-0031", "yun"),
        ("so202611200031", "yun"),
        ("0031", "wait yun"),
        ("1120-00", "yun"),
        ("A7788", "paper"),
        ("7788", "paper"),
        ("13800138000", "yun"),
        ("38000", "yun"),
        ("1095", "yun"),
        ("1,095.00", "yun"),
        ("¥1095", "yun"),
        ("1000", "yun"),
        ("339", "wait lost bad paper"),
        ("26110000000000000001", "yun"),
        ("0000000001", "yun"),
        ("0002", "paper"),
        ("2026-11-24", "wait lost bad paper yun"),
        ("20261124", "wait lost bad paper yun"),
        ("11-24", "wait lost bad paper yun"),
        ("11月24日", "wait lost bad paper yun"),
        ("今天 云帆", "yun"),
        ("昨天", ""),
        ("2025-11-24", ""),
        ("不明", "lost"),
        ("已开具", "paper yun"),
        ("被拒绝", "bad"),
        ("被拒绝 云", "bad"),
        ("已开具 云", "yun"),
        ("不明 云", ""),
        ("未开票", "wait lost bad"),
        ("未开票 云", "wait bad"),
        ("不明 已开具", ""),
        ("云 有限 91", "wait bad yun"),
        ("云帆 1095 11-24", "yun"),
        ("云帆 339", ""),
        ("排队", "wait"),
        ("01,32,,26110000000000000001,1095.00,20261124,,0000", "yun"),
    ],
)
def test_any_clue_finds_it_newest_first(five: dict[str, str], query: str, expected: str) -> None:
    assert ids(query) == [five[name] for name in expected.split()]


@pytest.mark.parametrize(
    ("query", "label", "marked"),
    [
        ("云帆", "购买方", ["云帆"]),
        ("1095", "价税合计", ["¥1,095.00"]),
        ("1000", "不含税金额", ["¥1,000.00"]),
        ("0031", "订单号", ["0031"]),
        ("打印机", "项目", ["打印机"]),
        ("0001", "发票号码", ["0001"]),
        ("11-24", "开票日期", ["2026-11-24"]),
        ("赵", "备注", ["赵"]),
        ("2260", "规格型号", ["2260"]),
    ],
)
def test_a_hit_says_why(five: dict[str, str], query: str, label: str, marked: list[str]) -> None:
    hit = next(hit for hit in service.search(query).hits if hit.document.id == five["yun"])
    reason = next(reason for reason in hit.reasons if reason.label == label)
    assert [text for text, is_hit in reason.parts if is_hit] == marked


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_breaks_it(five: dict[str, str], query: str) -> None:
    page = service.search(query)
    assert len(page.hits) <= 5
    service.search(f"云 {query}")


@pytest.mark.parametrize("cursor", ["", "x", "n", "n-1", "d", "n1;", "'", "n" + "9" * 30, "d" + "0" * 26])
def test_a_made_up_cursor_does_no_harm(five: dict[str, str], cursor: str) -> None:
    service.search("云", cursor)
    service.search("不明", cursor)


def test_the_index_and_the_direct_look_agree(five: dict[str, str]) -> None:
    queries = ("云", "有限公司", "0031", "339", "11-24", "茶", "未开票 云", "910", "B")
    before = {query: set(ids(query)) for query in queries}
    take_in()
    assert {query: set(ids(query)) for query in queries} == before
