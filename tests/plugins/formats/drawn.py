"""Invoice pages of our own making: the words of two families of invoices, and where they stand."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tests.plugins.formats import papers

MM = 72 / 25.4


@dataclass(frozen=True)
class Text:
    """Words on a page: millimetres from the upper left corner to their baseline; `size` in points."""

    x: float
    y: float
    text: str
    size: float = 9.0
    align: str = "left"

    def width(self) -> float:
        """Millimetres."""
        return sum(self.size if ord(char) > 0xFF else self.size / 2 for char in self.text) / MM

    @property
    def left(self) -> float:
        return self.x - {"left": 0.0, "right": 1.0, "middle": 0.5}[self.align] * self.width()


@dataclass(frozen=True)
class Item:
    name: str
    amount: str
    tax: str
    rate: str = "6%"
    spec: str = ""
    unit: str = ""
    quantity: str = ""
    price: str = ""


@dataclass(frozen=True)
class Said:
    """What a page is drawn from."""

    number: str = papers.NUMBER
    code: str = "031002600111"
    check: str = "01234 56789 01234 56789"
    buyer: str = "上海样例贸易有限公司"
    buyer_id: str = papers.BUYER_ID
    seller: str = "北京示例科技有限公司"
    seller_id: str = papers.SELLER_ID
    amount: str = "1000.00"
    tax: str = "60.00"
    total: str = "1060.00"
    capitals: str = "壹仟零陆拾圆整"
    items: tuple[Item, ...] = (
        Item("*信息技术服务*软件开发", "1000.00", "60.00", unit="项", quantity="1", price="1000"),
    )


Sheet = list[Text]
DISCOUNTED = Said(
    items=(
        Item("*纸制品*复印纸 A4", "1100.00", "66.00", unit="箱", quantity="10", price="110", spec="80g"),
        Item("*纸制品*复印纸 A4", "-100.00", "-6.00"),
    )
)
LONG = Said(
    items=(
        Item(
            "*信息技术服务*企业资源管理系统软件定制开发与部署服务",
            "600.00",
            "36.00",
            unit="项",
            quantity="3",
            price="200",
        ),
        Item(
            "*现代服务*驻场运维",
            "400.00",
            "24.00",
            spec="含税务及财务模块对接",
            unit="次",
            quantity="16",
            price="25",
        ),
    )
)
EXEMPT = Said(
    tax="***",
    total="1000.00",
    capitals="壹仟圆整",
    items=(Item("*住宿服务*住宿费", "1000.00", "***", rate="免税"),),
)


def _wrapped(text: str, width: float, size: float = 9.0) -> list[str]:
    lines = [""]
    for char in text:
        if Text(0, 0, lines[-1] + char, size).width() > width:
            lines.append("")
        lines[-1] += char
    return lines


def _table(said: Said, heads: Sequence[tuple[str, float, float, str]], top: float) -> Sheet:
    found = [Text((left + right) / 2, top, head, align="middle") for head, left, right, _ in heads]
    y = top + 5
    for item in said.items:
        told = (item.name, item.spec, item.unit, item.quantity, item.price, item.amount, item.rate, item.tax)
        deepest = 1
        for (_, left, right, align), text in zip(heads, told, strict=True):
            lines = _wrapped(text, right - left - 2)
            deepest = max(deepest, len(lines))
            for number, line in enumerate(lines):
                at = {"left": left + 1, "right": right - 1, "middle": (left + right) / 2}[align]
                found.append(Text(at, y + 4.2 * number, line, align=align))
        y += 4.2 * deepest + 0.4
    return found


def digital(said: Said, kind: str = "普通发票", colon: str = "：") -> Sheet:
    """A fully digital invoice: parties side by side."""
    found = [Text(105, 14, f"电子发票（{kind}）", 17, "middle"), Text(150, 12, f"发票号码{colon}"),
             Text(167, 12, said.number), Text(150, 18, f"开票日期{colon}"),
             Text(167, 18, "2026年11月24日")]  # fmt: skip
    for left, who, name, id in (
        (6, "购买方信息", said.buyer, said.buyer_id),
        (106, "销售方信息", said.seller, said.seller_id),
    ):
        found += [Text(left, 34 + 4 * n, char) for n, char in enumerate(who)]
        found += [Text(left + 6, 37, f"名称{colon}"), Text(left + 16, 37, name)]
        found += [Text(left + 6, 47, f"统一社会信用代码/纳税人识别号{colon}"), Text(left + 56, 47, id)]
    heads = [("项目名称", 5, 41, "left"), ("规格型号", 41, 62, "left"), ("单 位", 62, 76, "middle"),
             ("数 量", 76, 100, "right"), ("单 价", 100, 125, "right"), ("金 额", 125, 152, "right"),
             ("税率/征收率", 152, 178, "middle"), ("税 额", 178, 205, "right")]  # fmt: skip
    found += _table(said, heads, 56)
    return found + _foot(said, 95, 102, (16, "价税合计（大写）"), 151, 204)


def older(said: Said, machine: bool = True) -> Sheet:
    """An electronic invoice of the older kind: parties above each other, a cipher beside the buyer."""
    found = [Text(105, 14, "上海增值税电子普通发票", 19, "middle")]
    for n, (label, value) in enumerate(
        (
            ("发票代码:", said.code),
            ("发票号码:", said.number),
            ("开票日期:", "2026年11月24日"),
            ("校 验 码:", said.check),
        )
    ):
        found += [Text(150, 10 + 5.4 * n, label), Text(167, 10 + 5.4 * n, value)]
    found += [Text(6, 27, "机器编号:"), Text(24, 27, "661900000001")] if machine else []
    for top, who, name, id in (
        (34, "购买方", said.buyer, said.buyer_id),
        (108, "销售方", said.seller, said.seller_id),
    ):
        found += [Text(7, top + 2 + 6 * n, char) for n, char in enumerate(who)]
        found += [
            Text(14, top, "名"),
            Text(29, top, "称:"),
            Text(36, top, name),
            Text(14, top + 5, "纳税人识别号:"),
            Text(36, top + 5, id),
        ]
        found += [Text(14, top + 10, "地 址、电 话:"), Text(36, top + 10, "示例路1号 021-00000000", 7)]
        found += [Text(14, top + 15, "开户行及账号:"), Text(36, top + 15, "示例银行 000000000000000001", 7)]
    found += [Text(121, 36 + 6 * n, char) for n, char in enumerate("密码区")]
    found += [Text(127, 34 + 5 * n, "03+7/5-9<1>4*6+0/2-8<3>5*71") for n in range(4)]
    heads = [("货物或应税劳务、服务名称", 5, 54, "left"),
             ("规格型号", 54, 82, "left"), ("单位", 82, 94, "middle"),
             ("数 量", 94, 112, "right"), ("单 价", 112, 138, "right"), ("金 额", 138, 166, "right"),
             ("税率", 166, 178, "middle"), ("税 额", 178, 205, "right")]  # fmt: skip
    found += _table(said, heads, 56)
    return found + _foot(said, 95, 101, (18, "价税合计(大写)"), 165, 204)


def _foot(
    said: Said, sums: float, total: float, words: tuple[float, str], amount: float, tax: float
) -> Sheet:
    stars = said.tax.startswith("*")
    return [Text(21, sums, "合"), Text(36, sums, "计"), Text(amount, sums, f"¥{said.amount}", align="right"),
            Text(tax, sums, said.tax if stars else f"¥{said.tax}", align="right"),
            Text(words[0], total, words[1]),
            Text(62, total, said.capitals), Text(146, total, "（小写）"), Text(163, total, f"¥{said.total}"),
            Text(6, total + 12, "备"), Text(6, total + 18, "注"), Text(14, total + 30, "开票人:"),
            Text(27, total + 30, "李四")]  # fmt: skip


def unlabelled(sheet: Sheet) -> Sheet:
    """The same where labels are drawn in a font that does not tell its letters."""
    return [
        replace(one, text="".join(chr(1 + ord(char) % 8) for char in one.text))
        if _is_label(one.text)
        else one
        for one in sheet
    ]


_LABELS = (*"校购买销售方名称地密码区单数金税合计备注",
           "发票", "开票", "机器", "纳税", "开户", "货物", "规格", "价税", "（小写")  # fmt: skip


def _is_label(text: str) -> bool:
    return text.startswith(_LABELS) or text.endswith("发票")


def jittered(sheet: Sheet, far: float, seed: int) -> Sheet:
    """The same, each text moved by up to so many millimetres."""
    chance = random.Random(seed)
    return [
        replace(one, x=one.x + chance.uniform(-far, far), y=one.y + chance.uniform(-far, far))
        for one in sheet
    ]


def lettered(sheet: Sheet, seed: int = 1) -> Sheet:
    """The same drawn letter by letter, in no order."""
    found = []
    for one in sheet:
        x = one.left
        for char in one.text:
            found.append(Text(x, one.y, char, one.size))
            x += found[-1].width()
    random.Random(seed).shuffle(found)
    return [one for one in found if one.text.strip()]


LAYOUTS: dict[str, Callable[[Said], Sheet]] = {
    "digital": digital,
    "digital, half-width colons": lambda said: digital(said, colon=":"),
    "older": lambda said: older(replace(said, number="00012345")),
    "older, no machine": lambda said: older(replace(said, number="00012345"), machine=False),
}
PAPERS: dict[str, Said] = {"plain": Said(), "discount": DISCOUNTED, "long": LONG, "exempt": EXEMPT}
