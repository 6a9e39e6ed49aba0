"""Values that no form expects: types confused, numbers out of range, text that breaks parsers."""

from __future__ import annotations

import json
from random import Random

NUMBERS = (
    "-1", "0", "-0", "1e308", "1e999", "-1e999", "NaN", "sNaN", "Infinity", "0x10", "1_000", "+1", " 1 ",
    "1,000", "٣", "①", "１２", "9" * 5000, "9" * 25, "9223372036854775808", "-9223372036854775809", "1.5",
    "0.005", "1." + "0" * 400 + "1", "1e-400", "4294967296", "1.e9", "--1", "1e", ".", "0" * 3000, "½",
    "1/3", "1.e999",
)  # fmt: skip
DATES = (
    "0000-00-00", "9999-12-31", "10000-01-01", "2026-02-30", "-2026-01-01", "20261301", "2026-11-24T25:61",
    "२०२६-११-२४", "1969-12-31", "29 Feb 2025", "2026-W48", "00010101",
)  # fmt: skip
TEXTS = (
    "", " ", "\t", "\0", "a\0b", "\r\nX-Injected: 1", "\u202egpj.exe", "\ufeff", "\u200b", "\u2028",
    "\uffff", "\U0010ffff", "e" + "\u0301" * 5000, "👨‍👩‍👧‍👦" * 200, "\x1b[31m", "../../etc/passwd",
    "..%2f..%2f", "%00", "%s%n%d", "{0.__class__}", "{{7*7}}", "${7*7}", "';DROP TABLE document;--",
    "<script>alert(1)</script>", "]]>", "&#0;", "null", "true", "[]", "{}", "[" * 20_000, '{"a":' * 5000,
    "undefined", "a" * 300, "a" * 70_000, "甲" * 60_000, "%" * 60_000, "_" * 60_000, "*", '"', "\\",
    "AND OR NOT NEAR", "-", "x:y", "javascript:alert(1)", "//evil.example", "/\t/evil.example",
    "/\\evil.example", "\x7f", "\x85", "ﷺ" * 500, "ß", "İ", "\u0345", "‮", "=cmd|' /C calc'!A0",
)  # fmt: skip
RAW = (b"%ED%A0%80", b"%FF%FE", b"%C0%AF", b"%", b"%zz", b"+%2B+", b"%E2%82", b"%00%00")
"""Bytes that stand for no text, as they travel in an address or a form."""

NAMES = (
    "lines[999999].name", "lines[-1].name", "lines[٣].quantity", "lines[0].__class__", "lines[0]",
    "lines[]", "extra.x", "extra." + "a" * 64, "extra.taxpayer_kind", "extra.", "role", "company", "tenant",
    "state", "number", "id", "user", "__proto__", "csrf_token[]", "buyer", "buyer.", "buyer.name.x", "\0",
    "", "a" * 5000, "total", "amount", "tax", "seller.name", "seller.tax_id", "version", "key", "again",
    "do", "source", "source_ref", "甲",
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {}, {}, {}, {"HX-Request": "true"}, {"HX-Request": "true", "HX-Boosted": "true"},
    {"Accept": "application/json"}, {"Accept": "*;q=nan, text/html;q=9"}, {"Accept": "," * 3000},
    {"Accept-Language": "en-;q=x, *"}, {"Accept-Language": "x" * 5000}, {"Range": "bytes=-1,9-1,a-b"},
    {"If-None-Match": '"x", W/', "If-Range": "x"}, {"If-Modified-Since": "Thu, 99 Foo 0000 99:99:99 GMT"},
    {"Cookie": "fapiao=x; fapiao=; =;;\x80"}, {"User-Agent": "\x80" * 4000}, {"Referer": "http://[::1"},
    {"X-Forwarded-For": "a, b, c"}, {"Content-Encoding": "gzip"}, {"Transfer-Encoding": "chunked"},
    {"HX-Target": "<", "HX-Request": "1"}, {"HX-Request": "true", "HX-Current-URL": "http://["},
    {"Authorization": "Basic !!!"}, {"Date": "x"},
)  # fmt: skip


def value(random: Random) -> str:
    """Any of them, or several in a row."""
    draw = random.random()
    if draw < 0.3:
        return random.choice(NUMBERS)
    if draw < 0.4:
        return random.choice(DATES)
    if draw < 0.85:
        return random.choice(TEXTS)
    return "".join(chr(_scalar(random)) for _ in range(random.randint(1, 60)))


def _scalar(random: Random) -> int:
    found = random.choice(
        (random.randrange(0x80), random.randrange(0xD800), random.randrange(0xE000, 0x110000))
    )
    return int(found)


def deep(random: Random) -> bytes:
    """JSON, or nearly."""
    leaf: object = random.choice((None, True, 1e308, -1, "x", [], {}, "\ud800", 2**70))
    for _ in range(random.choice((1, 3, 30))):
        leaf = [leaf, leaf] if random.random() < 0.1 else {random.choice(NAMES[:8]): leaf}
    whole = json.dumps(leaf).encode()[:2_000_000]
    broken = (b"[" * 100_000, b"{" * 9, b"NaN", b"\xff\xfe", b'{"a":1,"a":2}', b"", b"1" * 5000, b'"\\ud800"')
    return random.choice((whole, whole[:-1], random.choice(broken)))
