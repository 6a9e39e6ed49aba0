"""What can be said of an invoice's number, its QR text and our own record of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core.api import Document, State, lazy, money, qr, taxpayer

OK, WARN, BAD, UNKNOWN = "ok", "warn", "bad", "unknown"
"""Results of one finding; `unknown` says that it cannot be decided, which is not `bad`."""

AGREES, DIFFERS, MISSING, REFUSED, UNSETTLED = "agrees", "differs", "missing", "refused", "unknown"
"""Verdicts; the last one means that nothing may be concluded yet."""

VERDICTS: dict[str, str] = {
    AGREES: lazy("一致"),
    DIFFERS: lazy("不一致"),
    MISSING: lazy("查无此票"),
    REFUSED: lazy("已被拒绝"),
    UNSETTLED: lazy("暂不能断定"),
}

_NUMBER = re.compile(
    r"(?P<year>[2-9][0-9])(?P<region>1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|9[1-5])(?P<channel>[0-9])[0-9]{15}",
    re.ASCII,
)  # domain §1.1, after 税务总局公告 2024年第11号 第四条

CITIES = {
    "91": "大连、宁波或青岛",
    "92": "大连、宁波或青岛",
    "93": "大连、宁波或青岛",
    "94": "厦门",
    "95": "深圳",
}
"""Cities with a code of their own; the order of the first three is published nowhere (domain §1.1)."""

PLATFORM = "2"
"""Fifth digit of numbers from the tax authority's own platform, whose checksums are always canonical."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the paper in hand says. `text` is its QR text where that was given, `kind` the code in it."""

    number: str
    day: date
    total: money.Fen
    text: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: permanent code, result, what was seen, and what to do about it."""

    code: str
    result: str
    evidence: str
    remedy: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict and everything it rests on; `document` is our own record of the invoice, if any."""

    verdict: str
    findings: tuple[Finding, ...]
    document: str = ""


def judge(claim: Claim, mine: Document | None, alike: list[Document], today: date) -> Report:
    """Weigh a claim against our own ledger.

    :param mine: our document of that number. :param alike: documents of the same total without a number,
        asked for shortly before the claimed day.
    """
    shape = [*_number(claim, today), *_checksum(claim)]
    if claim.kind not in ("", qr.SPECIAL, qr.ORDINARY):
        odd = Finding(
            "VERIFY-KIND-01",
            UNKNOWN,
            lazy("这是票种代码 %(kind)s 的票据,本模块目前只查验数电发票"),
            lazy("请到全国增值税发票查验平台查验"),
            {"kind": claim.kind},
        )
        return Report(UNSETTLED, (odd,))
    if mine is not None:
        seen = [_same(claim, mine), *_standing(mine)]
        return Report(_verdict(seen, mine), (*shape, *seen), mine.id)
    return _without_record(shape, alike)


def _number(claim: Claim, today: date) -> list[Finding]:
    found = _NUMBER.fullmatch(claim.number)
    if found is None:
        return [
            Finding(
                "VERIFY-NUMBER-01",
                BAD,
                lazy("号码不符合数电发票的编码规则"),
                lazy("核对 20 位号码,注意错位和漏位"),
            )
        ]
    region = taxpayer.REGIONS.get(found["region"]) or CITIES[found["region"]]
    findings = [
        Finding("VERIFY-NUMBER-01", OK, lazy("20 位号码符合编码规则")),
        Finding("VERIFY-NUMBER-02", OK, lazy("开票地区的税务机关:%(region)s"), params={"region": region}),
    ]
    if claim.day > today:
        findings.append(Finding("VERIFY-DATE-01", BAD, lazy("开票日期在今天之后"), lazy("核对开票日期")))
    if found["year"] != f"{claim.day:%y}":
        year = {"year": f"20{found['year']}"}
        findings.append(
            Finding(
                "VERIFY-NUMBER-03",
                BAD,
                lazy("号码属于 %(year)s 年,与开票日期不是同一年"),
                lazy("核对号码的前两位和开票日期"),
                year,
            )
        )
    return findings


def _checksum(claim: Claim) -> list[Finding]:
    if not claim.text:
        return []
    raw = claim.text.strip().split(",")
    sums = [qr.checksum(",".join(raw[:7]) + ending) for ending in (",", "")]
    if raw[7].strip().upper() in sums:
        return [Finding("VERIFY-QR-01", OK, lazy("二维码的校验码正确"))]
    # Domain §1.5: only the platform's own numbers are known to carry the canonical checksum always.
    if claim.number[4:5] == PLATFORM and len(claim.number) == 20:
        return [
            Finding(
                "VERIFY-QR-01",
                BAD,
                lazy("二维码的校验码不对,而税务平台开出的发票一定是对的"),
                lazy("可能是伪造,也可能是识读有误:请重新扫描,或改为手工填写"),
            )
        ]
    return [
        Finding(
            "VERIFY-QR-01",
            WARN,
            lazy("二维码的校验码对不上常用的算法,有些开票软件会这样"),
            lazy("以号码、日期、金额的核对为准"),
        )
    ]


def _same(claim: Claim, mine: Document) -> Finding:
    wrong = []
    if mine.issued_at[:10] != claim.day.isoformat():
        wrong.append(lazy("开票日期"))
    if mine.invoice.total != claim.total:
        wrong.append(lazy("价税合计"))
    if not wrong:
        return Finding("VERIFY-LEDGER-01", OK, lazy("号码、开票日期、价税合计都与账本一致"))
    if len(wrong) == 2:
        return Finding(
            "VERIFY-LEDGER-02",
            BAD,
            lazy("开票日期和价税合计都与账本不一致"),
            lazy("核对手里的票面:它可能被改动过"),
        )
    evidence = lazy("开票日期与账本不一致") if wrong[0] == "开票日期" else lazy("价税合计与账本不一致")
    return Finding("VERIFY-LEDGER-02", BAD, evidence, lazy("核对手里的票面:它可能被改动过"))


def _standing(mine: Document) -> list[Finding]:
    findings = []
    if mine.state is not State.ISSUED:
        findings.append(
            Finding(
                "VERIFY-STATE-01", BAD, lazy("账本里这张发票目前不是“已开具”"), lazy("打开这张发票看它的经过")
            )
        )
    if mine.simulated:
        findings.append(
            Finding(
                "VERIFY-SPECIMEN-01",
                WARN,
                lazy("样票:出自模拟税局,不具法律效力"),
                lazy("不能用于报销、抵扣或入账"),
            )
        )
    return findings


def _verdict(seen: list[Finding], mine: Document) -> str:
    if mine.state in (State.REJECTED, State.VOID):
        return REFUSED
    if mine.state is not State.ISSUED:
        return UNSETTLED
    return DIFFERS if any(finding.result == BAD for finding in seen) else AGREES


def _without_record(shape: list[Finding], alike: list[Document]) -> Report:
    sound = not any(finding.code == "VERIFY-NUMBER-01" and finding.result == BAD for finding in shape)
    pending = [d for d in alike if d.state not in (State.ISSUED, State.REJECTED, State.VOID)]
    if sound and pending:
        seen = Finding(
            "VERIFY-LEDGER-04",
            UNKNOWN,
            lazy("账本里没有这个号码,但有 %(n)s 张同一金额的发票结果还不明确"),
            lazy("等它有了结果再看:系统会自动再查一次"),
            {"n": str(len(pending))},
        )
        return Report(UNSETTLED, (*shape, seen))
    seen = Finding(
        "VERIFY-LEDGER-03",
        BAD,
        lazy("本公司没有开出过这个号码的发票"),
        lazy("别家公司开的发票,请到全国增值税发票查验平台查验"),
    )
    refused = [d for d in alike if d.state in (State.REJECTED, State.VOID)]
    if refused:
        note = Finding(
            "VERIFY-LEDGER-05",
            WARN,
            lazy("有 %(n)s 张同一金额的申请没有开成(被拒绝或已撤回)"),
            lazy("如果指的是它,请改正后重新申请"),
            {"n": str(len(refused))},
        )
        return Report(MISSING, (*shape, seen, note))
    return Report(MISSING, (*shape, seen))
