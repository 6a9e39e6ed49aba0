"""Hostile files, made by code from a seed: archives, XML, PDFs, pictures and OFDs that mean harm."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.plugins.formats import papers

Named = tuple[str, bytes]

DTD = "<!DOCTYPE x [{0}]>"


def corpus(size: int, seed: int, canary: Path) -> Iterator[Named]:
    """At least `size` files; those beyond the made ones are mutations of honest and hostile ones.

    :param canary: a file that external entities point at; its text must never come back.
    """
    made = [*archives(), *documents(canary), *portable(), *pictures(), *packages()]
    yield from made
    chance = random.Random(seed)
    honest = [
        papers.VOUCHER.encode(),
        papers.ofd(papers.OLDER),
        papers.pdf(),
        papers.picture(),
        papers.picture(kind="JPEG"),
    ]
    grounds = [*honest, *(content for _, content in made if len(content) < 200_000)]
    for number in range(max(0, size - len(made))):
        yield f"mutated-{number}", mutated(chance.choice(grounds), chance)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The same with some bytes flipped, cut, doubled or moved."""
    changed = bytearray(content)
    for _ in range(chance.randrange(1, 12)):
        if not changed:
            break
        at, how = chance.randrange(len(changed)), chance.randrange(5)
        if how == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            changed[at] = chance.randrange(256)
        elif how == 2:
            del changed[at : at + chance.randrange(1, 200)]
        elif how == 3:
            changed[at:at] = changed[at : at + chance.randrange(1, 200)] * chance.randrange(1, 20)
        else:
            changed[at : at + 4] = struct.pack(
                "<I", chance.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, len(changed)])
            )
    return bytes(changed[: 4 << 20])


NAMES = ("../a", "..\\a", "/etc/passwd", "C:\\a", "a/../../b", "a\0.xml", "CON", "a" * 255, "../" * 40 + "x",
         "\u202egpj.exe", "OFD.xml ", ".", "..", "//server/share", "a:b", "\ufeffOFD.xml")  # fmt: skip


def archives() -> Iterator[Named]:
    """Archives."""
    whole = papers.ofd(papers.OLDER)
    for megabytes in (5, 40, 60, 200):
        yield f"zip-bomb-{megabytes}", papers.zipped({"OFD.xml": bytes(megabytes << 20)})
    yield "zip-many", papers.zipped({f"{n}.xml": b"<a/>" for n in range(5000)})
    yield (
        "zip-nested",
        papers.zipped({"a.zip": papers.zipped({"b.zip": papers.zipped({"c.xml": papers.VOUCHER})})}),
    )
    yield "zip-itself", papers.zipped({"a.ofd": whole, "b.ofd": whole, "c.ofd": whole})
    for name in NAMES:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name[:250]), papers.VOUCHER)
        yield f"zip-name-{name[:12]!r}", out.getvalue()
    for mode in (0o120777, 0o060600, 0o020600, 0o010600):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            entry = zipfile.ZipInfo("OFD.xml")
            entry.external_attr = mode << 16
            archive.writestr(entry, "/etc/passwd")
        yield f"zip-mode-{mode:o}", out.getvalue()
    for field, at in (
        ("flags", 8),
        ("method", 10),
        ("crc", 16),
        ("packed", 20),
        ("size", 24),
        ("offset", 42),
    ):
        for value in (0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF):
            changed = bytearray(whole)
            struct.pack_into("<I", changed, changed.index(b"PK\x01\x02") + at, value)
            yield f"zip-{field}-{value:x}", bytes(changed)
    for part in range(1, 10):
        yield f"zip-cut-{part}", whole[: len(whole) * part // 10]
    yield "zip-behind", b"MZ" + bytes(500) + whole


def documents(canary: Path) -> Iterator[Named]:
    """XML."""
    file = canary.as_uri()
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    inner = papers.VOUCHER.partition("?>")[2]
    entity = inner.replace("上海样例贸易有限公司", "&e;")
    declared = {
        "laughs": laughs.replace("l9", "e"),
        "quadratic": f'<!ENTITY e "{"a" * 50_000}">',
        "file": f'<!ENTITY e SYSTEM "{file}">',
        "http": '<!ENTITY e SYSTEM "http://127.0.0.1:9/x">',
        "parameter": f'<!ENTITY % p SYSTEM "{file}"> %p; <!ENTITY e "x">',
        "public": f'<!ENTITY e PUBLIC "x" "{file}">',
        "loop": '<!ENTITY e "&f;"><!ENTITY f "&e;">',
        "attlist": '<!ATTLIST EInvoice a CDATA "x"><!ENTITY e "x">',
    }
    for name, inside in declared.items():
        text = f'<?xml version="1.0"?>{DTD.format(inside)}{entity}'
        for encoding in ("utf-8", "utf-16", "utf-8-sig"):
            yield f"xml-{name}-{encoding}", text.encode(encoding)
    yield "xml-external-dtd", f'<?xml version="1.0"?><!DOCTYPE EInvoice SYSTEM "{file}">{inner}'.encode()
    include = f'<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{file}" parse="text"/></x>'
    yield "xml-xinclude", inner.replace("上海样例贸易有限公司", include).encode()
    yield "xml-stylesheet", f'<?xml-stylesheet type="text/xsl" href="{file}"?>{inner}'.encode()
    for depth in (99, 200, 5_000, 200_000):
        yield f"xml-deep-{depth}", b"<a>" * depth + b"</a>" * depth
    yield "xml-wide", b"<a>" + b"<b/>" * 300_000 + b"</a>"
    yield "xml-attributes", b"<a " + b" ".join(b'x%d="1"' % n for n in range(50_000)) + b"/>"
    yield "xml-namespaces", b"<a " + b" ".join(b'xmlns:x%d="u%d"' % (n, n) for n in range(5_000)) + b"/>"
    yield "xml-long-name", b"<" + b"a" * 3_000_000 + b"/>"
    yield "xml-long-text", papers.VOUCHER.replace("软件开发", "软" * 1_000_000).encode()
    for encoding in ("utf-7", "utf-32", "gb18030", "cp037", "big5"):
        yield f"xml-{encoding}", papers.VOUCHER.encode(encoding, "replace")
    for number in ("1e308", "NaN", "-0", "9" * 400, "1,,0", "0x10", "１２", "∞", "1.0000000000000000000001"):
        yield f"xml-number-{number[:8]}", papers.VOUCHER.replace("1060.00", number).encode()
    yield "xml-lines", inner.replace("<SpecMod/>", "<SpecMod/>" * 100_000).encode()
    yield "xml-nul", papers.VOUCHER.replace("示例", "示\0例").encode()


def portable() -> Iterator[Named]:
    """PDFs."""

    def file(*objects: bytes, trailer: bytes = b"<</Root 1 0 R/Size 9>>") -> bytes:
        body = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
        return body + b"trailer\n" + trailer + b"\n%%EOF"

    packed = zlib.compress(bytes(200 << 20), 9)
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 400]/Contents 4 0 R>>"
    root = b"<</Type/Catalog/Pages 2 0 R>>"
    yield "pdf-stream-bomb", file(root, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream)
    twice = zlib.compress(packed, 9)
    double = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(twice), twice)
    yield "pdf-double-bomb", file(root, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, double)
    yield "pdf-page-loop", file(root, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>")
    yield (
        "pdf-many-pages",
        file(
            root,
            b"<</Type/Pages/Kids[" + b"3 0 R " * 2000 + b"]/Count 2000>>",
            page,
            b"<</Length 0>>stream\n\nendstream",
        ),
    )
    for box in (b"0 0 1e9 1e9", b"0 0 14400 14400", b"0 0 0 0", b"-9 -9 -1 -1", b"0 0 nan nan"):
        sheet = page.replace(b"0 0 600 400", box)
        yield (
            f"pdf-box-{box.decode()}",
            file(root, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", sheet, b"<</Length 0>>stream\n\nendstream"),
        )
    for action in (b"/S/JavaScript/JS(app.alert(1))", b"/S/Launch/F(/bin/sh)", b"/S/URI/URI(http://127.0.0.1:9/)",
                   b"/S/SubmitForm/F(http://127.0.0.1:9/)"):  # fmt: skip
        opened = b"<</Type/Catalog/Pages 2 0 R/OpenAction<<" + action + b">>>>"
        yield (
            f"pdf-action-{action[3:8].decode()}",
            file(opened, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, b"<</Length 0>>stream\n\nendstream"),
        )
    forms = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 4 0 R>>>>/Length 5>>"
    forms += b"stream\n/F Do\nendstream"
    yield (
        "pdf-form-loop",
        file(
            root,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page.replace(b"/Contents", b"/Resources<</XObject<</F 4 0 R>>>>/Contents"),
            forms,
        ),
    )
    image = b"<</Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceGray"
    image += b"/Length %d/Filter/FlateDecode>>stream\n%s\nendstream"
    yield (
        "pdf-image-bomb",
        file(
            root,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page.replace(b"/Contents 4", b"/Resources<</XObject<</F 5 0 R>>>>/Contents 4"),
            b"<</Length 21>>stream\n600 0 0 400 0 0 cm /F Do\nendstream",
            image % (len(packed), packed),
        ),
    )
    whole = papers.pdf()
    for part in range(1, 10):
        yield f"pdf-cut-{part}", whole[: len(whole) * part // 10]
    yield "pdf-and-zip", whole + papers.ofd()
    yield "pdf-prev-loop", whole.replace(b"%%EOF", b"") + b"\nstartxref\n0\n%%EOF"


def pictures() -> Iterator[Named]:
    """Pictures."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def png(width: int, height: int, data: bytes) -> bytes:
        head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    for width, height in (
        (100_000, 100_000),
        (30_000, 30_000),
        (1, 2**31 - 1),
        (5_000, 4_999),
        (0, 0),
        (2**31, 1),
    ):
        yield f"png-{width}x{height}", png(width, height, zlib.compress(bytes(30 << 20), 9))
    yield (
        "png-text-bomb",
        papers.picture()[:33]
        + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100 << 20), 9))
        + papers.picture()[33:],
    )
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        whole = papers.picture(kind=kind)
        for part in (1, 3, 5, 8):
            yield f"{kind.lower()}-cut-{part}", whole[: len(whole) * part // 10]
        yield f"{kind.lower()}-tail", whole + b"<script>alert(1)</script>" + papers.ofd()
    yield (
        "bmp-huge",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, 2**30, 2**30, 1, 24, 0, 0, 0, 0, 0, 0),
    )
    yield "gif-script", b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//"
    yield (
        "svg",
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/><script>alert(1)</script></svg>',
    )
    yield (
        "tiff-loop",
        b"II*\x00\x08\x00\x00\x00\x01\x00\x00\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00",
    )
    for text in (
        "x" * 2000,
        "01,31,,1,1,1,1,1",
        "01,31,,26112000000012345678,NaN,20261124,,0000",
        "http://127.0.0.1:9/",
        "01,31,," + "9" * 500 + ",1,20261124,,0000",
        "01,,,,,,,",
        "\0\1\2",
    ):
        yield f"qr-{text[:10]!r}", papers.picture(text)


def packages() -> Iterator[Named]:
    """OFDs."""
    parts = {
        "OFD.xml": papers.OFD_ROOT,
        "Doc_0/Document.xml": papers.OFD_DOCUMENT,
        "Doc_0/Pages/Page_0/Content.xml": papers.OFD_PAGE,
    }
    places = (
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:9/x",
        "OFD.xml",
        "",
        "a" * 5000,
        "\\..\\x",
    )
    for place in places:
        yield (
            f"ofd-root-{place[:14]!r}",
            papers.zipped({**parts, "OFD.xml": papers.OFD_ROOT.replace("Doc_0/Document.xml", place)}),
        )
        yield (
            f"ofd-page-{place[:14]!r}",
            papers.zipped(
                {
                    **parts,
                    "Doc_0/Document.xml": papers.OFD_DOCUMENT.replace("Pages/Page_0/Content.xml", place),
                }
            ),
        )
    itself = papers.OFD_DOCUMENT.replace("Tpls/Tpl_0/Content.xml", "Pages/Page_0/Content.xml")
    yield "ofd-template-itself", papers.zipped({**parts, "Doc_0/Document.xml": itself})
    for steps in ("g 99999999 1", "g -1 1", "g 1", "nan inf", "1 " * 200_000, "g 1e9 1 g 1e9 1"):
        yield (
            f"ofd-steps-{steps[:10]}",
            papers.zipped(
                {**parts, "Doc_0/Pages/Page_0/Content.xml": papers.OFD_PAGE.replace("g 19 1.5", steps)}
            ),
        )
    yield (
        "ofd-runs",
        papers.zipped(
            {
                **parts,
                "Doc_0/Pages/Page_0/Content.xml": papers.OFD_PAGE.replace(
                    "<ofd:Layer>",
                    "<ofd:Layer>"
                    + '<ofd:TextObject ID="1" Boundary="0 0 9 9" Size="3"><ofd:TextCode>x</ofd:TextCode>'
                    "</ofd:TextObject>" * 40_000,
                ),
            }
        ),
    )
    for name in parts:
        yield (
            f"ofd-without-{name[-12:]}",
            papers.zipped({key: value for key, value in parts.items() if key != name}),
        )
        yield f"ofd-empty-{name[-12:]}", papers.zipped({**parts, name: b""})
        yield (
            f"ofd-dtd-{name[-12:]}",
            papers.zipped(
                {**parts, name: DTD.format('<!ENTITY e SYSTEM "file:///etc/passwd">') + "<a>&e;</a>"}
            ),
        )
    yield "ofd-attachment-ofd", papers.ofd(papers.ofd().decode("latin-1"))
