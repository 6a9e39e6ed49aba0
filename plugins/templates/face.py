"""What stands where on an invoice: an issued document turned into the words a design sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.api import Invoice, Party, State, money, qr
from plugins.templates import lines, qrcode
from plugins.templates.fonts import STRONG, Typist, width, wrap
from plugins.templates.lines import Columns, Sheet
from plugins.templates.render import Printable

BODY_WIDTH, BODY_HEIGHT = 549.9, 291.0
"""Points of the framed body on the 210 × 140 mm page."""

HEAD, SUM, CAPITALS, FOOT = 17.0, 17.0, 24.0, 17.0
"""Heights of the table's head, a line of sums, the line in capitals and the foot, points."""

LABEL = 18.0
"""Width of the upright labels, points."""

NAME_SIZE, NAME_LEADING, ID_HEIGHT = 9.5, 12.0, 27.0
_NAME_LABEL = 22.5
REMARK_SIZE, REMARK_LEADING = 8.0, 10.5
_REMARK_MOST = 11
"""Lines of remark that leave the totals and a few rows room on the last page."""

TITLES = {"special": "电子发票（增值税专用发票）", "ordinary": "电子发票（普通发票）"}
_QR_KINDS = {"special": qr.SPECIAL, "ordinary": qr.ORDINARY}


@dataclass(frozen=True, slots=True)
class Face:
    """Everything a design prints. Texts are printable and broken into lines already."""

    title: str
    red_of: str
    red: bool
    number: str
    day: str
    qr: str
    buyer: list[str]
    buyer_id: str
    seller: list[str]
    seller_id: str
    parties_height: float
    columns: Columns
    before_amount: float
    sheets: list[Sheet]
    amount: str
    tax: str
    total: str
    total_size: float
    total_width: float
    capitals: list[str]
    capitals_size: float
    remark: list[str]
    remark_height: float
    drawer: str
    missing: list[str]


def draw_up(document: Printable) -> Face:
    """Lay a document out. Pure: the same document gives the same face."""
    invoice, typist = document.invoice, Typist()
    buyer, seller = _name(invoice.buyer, typist), _name(invoice.seller, typist)
    height = max(max(len(buyer), len(seller)) * NAME_LEADING + ID_HEIGHT, 47.0)
    cols = lines.columns(invoice, BODY_WIDTH)
    rows = lines.rows(invoice, cols, typist)
    remark = _remark(invoice, typist)
    remark_height = max(len(remark) * REMARK_LEADING + 7, 32.0)
    middle = BODY_HEIGHT - height - HEAD - SUM - FOOT
    sheets = lines.sheets(invoice, rows, middle, middle - CAPITALS - remark_height, SUM)
    total, total_size, total_width = _total(invoice)
    capitals, capitals_size = _capitals(invoice, BODY_WIDTH - 92 - total_width)
    issued = document.state is State.ISSUED and bool(document.number)
    return Face(
        title=TITLES[invoice.kind],
        red_of=typist(invoice.red_of),
        red=invoice.side == "red",
        number=document.number if issued else "未开具",
        day=f"{date.fromisoformat(document.issued_at[:10]):%Y年%m月%d日}" if issued else "未开具",
        qr=_qr(document) if issued else "",
        buyer=buyer,
        buyer_id=typist(invoice.buyer.tax_id),
        seller=seller,
        seller_id=typist(invoice.seller.tax_id),
        parties_height=height,
        columns=cols,
        before_amount=cols.name + cols.spec + cols.unit + cols.quantity + cols.price,
        sheets=sheets,
        amount=money.yuan_grouped(invoice.amount),
        tax=lines.tax_text(invoice.lines, invoice.tax),
        total=total,
        total_size=total_size,
        total_width=total_width,
        capitals=capitals,
        capitals_size=capitals_size,
        remark=remark,
        remark_height=remark_height,
        drawer=typist(invoice.drawer),
        missing=sorted(typist.missing),
    )


def _qr(document: Printable) -> str:
    day = date.fromisoformat(document.issued_at[:10])
    return qrcode.data_uri(
        qr.write(_QR_KINDS[document.invoice.kind], document.number, document.invoice.total, day)
    )


def _name(party: Party, typist: Typist) -> list[str]:
    # A natural person is told from a firm of the same name, as the platform prints it.
    name = party.name
    if party.is_person and "个人" not in name:
        name += "（个人）"
    return wrap(typist(name), NAME_SIZE, BODY_WIDTH / 2 - LABEL - _NAME_LABEL - 14)


def _total(invoice: Invoice) -> tuple[str, float, float]:
    total = money.yuan_grouped(invoice.total)
    for size in (12.0, 11.0, 10.0, 9.0):
        room = width("¥" + total, size, STRONG) + 52
        if room <= 190:
            break
    return total, size, room


def _capitals(invoice: Invoice, room: float) -> tuple[list[str], float]:
    text = invoice.total_capitals
    for size in (10.5, 10.0, 9.5, 9.0, 8.5, 8.0):
        if width(text, size, STRONG) <= room - 8:
            return [text], size
    return wrap(text, 8.0, room - 8, STRONG), 8.0


def _remark(invoice: Invoice, typist: Typist) -> list[str]:
    texts = [f"被红冲蓝字发票号码：{invoice.red_of}"] if invoice.red_of else []
    texts += typist.block(invoice.remark)
    texts += [*_particulars("购方", invoice.buyer), *_particulars("销方", invoice.seller)]
    room = BODY_WIDTH - LABEL - 14
    printed = [line for text in texts for line in wrap(typist(text), REMARK_SIZE, room)]
    note = _note(typist, room)
    if len(printed) + len(note) > _REMARK_MOST:
        printed = [*printed[: _REMARK_MOST - len(note) - 1], "……（备注未完，全文见电子数据）"]
    return printed + note


def _particulars(whose: str, party: Party) -> list[str]:
    pairs = (("地址", party.address), ("电话", party.phone),
             ("开户银行", party.bank), ("银行账号", party.account))  # fmt: skip
    parts = [f"{label}：{value}" for label, value in pairs if value]
    return [whose + "；".join(parts)] if parts else []


def _note(typist: Typist, room: float) -> list[str]:
    if not typist.missing:
        return []
    codes = "、".join(f"U+{ord(char):04X}" for char in sorted(typist.missing)[:12])
    more = "等" if len(typist.missing) > 12 else ""
    text = f"〓：字库缺字（{codes}{more}），以电子数据为准"
    return wrap(text, REMARK_SIZE, room)
