"""Ways to have a renderer of HTML fetch something: elements, attributes, style sheets, pictures within pictures.

`{u}` is the address; `{b}` and `{n}` are its folder and name.
"""
# ruff: noqa: E501 - a way stands in one line

from __future__ import annotations

import base64
from pathlib import Path

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
    '{inside}<image xlink:href="{u}" href="{u}" width="9" height="9"/><use xlink:href="{u}#a"/></svg>'
)
ENTITY = (
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "{u}">]>'
    '<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>'
)

BODIES = [
    '<img src="{u}"/>', "<img src='{u}' width='9' height='9'/>", "<img src={u}>", '<img src=" {u}"/>',
    '<IMG SRC="{u}"/>', '<img src="&#32;{u}"/>', '<img srcset="{u} 1x"/>', '<img src="x" lowsrc="{u}"/>',
    '<img src="x" longdesc="{u}" usemap="{u}"/>', '<img data-src="{u}" src="{u}"/>', '<image src="{u}"/>',
    '<picture><source srcset="{u}"/><img src="{u}"/></picture>', '<input type="image" src="{u}"/>',
    '<object data="{u}" type="image/png"></object>', '<object><param name="src" value="{u}"/></object>',
    '<embed src="{u}"/>', '<iframe src="{u}"></iframe>', '<frameset><frame src="{u}"/></frameset>',
    '<applet code="{u}" archive="{u}"></applet>', '<video poster="{u}" src="{u}"></video>',
    '<audio src="{u}"></audio>', '<audio><source src="{u}"/><track src="{u}"/></audio>',
    '<script src="{u}"></script>', '<link rel="stylesheet" href="{u}"/>', '<link rel="icon" href="{u}"/>',
    '<link rel="stylesheet" type="text/css" media="all" href="{u}"/>', '<link rel="attachment" href="{u}"/>',
    '<link rel="import" href="{u}"/>', '<a rel="attachment" href="{u}">x</a>', '<a href="{u}"><img src="{u}"/></a>',
    '<base href="{b}"/><img src="{n}"/>', '<meta http-equiv="refresh" content="0;url={u}"/>',
    '<html manifest="{u}"><body>x</body></html>', '<body background="{u}">x</body>',
    '<table background="{u}"><tr><td background="{u}">x</td></tr></table>',
    '<p style="background:url({u})">x</p>', '<p style="background-image:url(\'{u}\')">x</p>',
    '<ul style="list-style-image:url({u})"><li>x</li></ul>', '<p xml:base="{b}"><img src="{n}"/></p>',
    '<svg><image xlink:href="{u}" width="9" height="9"/></svg>', '<svg><use xlink:href="{u}#a"/></svg>',
    '<svg><style>@import url("{u}");</style></svg>', '<svg><script href="{u}"></script></svg>',
    '<svg><foreignObject><img src="{u}"/></foreignObject></svg>', '<svg><filter><feImage href="{u}"/></filter></svg>',
    '<math><mglyph src="{u}"/></math>', '<math href="{u}"><mi xlink:href="{u}">x</mi></math>',
    '<pdf:font name="a" src="{u}"/><p style="font-family:a">x</p>', '<pdf:font src="{u}" name="b" encoding="{u}"/>',
    '<pdf:include src="{u}"/>', '<pdf:pdf src="{u}"/>', '<pdf:template name="a" background="{u}"/>',
    '<pdf:template name="body" size="a4" background="{u}"><pdf:frame/></pdf:template>',
    '<pdf:watermark src="{u}"/>', '<pdf:barcode value="{u}" type="qr"/>', '<pdf:language name="{u}"/>',
    '<pdf:toc/><img src="{u}"/>', '<?xml-stylesheet href="{u}"?><p>x</p>', "<!--[if gte IE 4]><img src='{u}'><![endif]-->",
    '<xi:include href="{u}" parse="text"/>', '<form action="{u}"><button formaction="{u}">x</button></form>',
    '<blockquote cite="{u}"><q cite="{u}">x</q></blockquote>', '<img src="file://localhost{u}"/>',
]  # fmt: skip
STYLES = [
    '@import "{u}";', '@import url({u});', "@import url('{u}') all;", '@charset "x"; @import "{u}";',
    '@font-face {{ font-family: a; src: url("{u}") }} p {{ font-family: a }}',
    "@font-face {{ font-family: a; src: {u} }} p {{ font-family: a }}",
    '@font-face {{ font-family: a; src: local("x"), url({u}) format("truetype") }} body {{ font-family: a }}',
    '@page {{ background-image: url("{u}") }}', '@page {{ background: url({u}) }}',
    '@page {{ -pdf-background-source: url("{u}") }}', '@page {{ @frame a {{ background: url({u}) }} }}',
    '@page {{ @top-left {{ content: url("{u}") }} }}', '@namespace x url("{u}");',
    'body {{ background: url("{u}") }}', 'p {{ background-image: url({u}) }}',
    "p {{ background: #fff url( '{u}' ) no-repeat }}", 'p::before {{ content: url("{u}") }}',
    'li {{ list-style-image: url("{u}") }}', 'li {{ list-style: url({u}) }}',
    'p {{ border-image: url("{u}") 30 }}', 'p {{ mask: url({u}) }}', 'p {{ cursor: url({u}), auto }}',
    'p {{ filter: url({u}#a) }}', 'p {{ background-image: image-set("{u}" 1x) }}',
    '@media all {{ p {{ background: url({u}) }} }}', '@supports (a: b) {{ @import "{u}"; }}',
    "p {{ behavior: url({u}); -moz-binding: url({u}) }}", '@color-profile a {{ src: url("{u}") }}',
    "p {{ b\\61 ckground: u\\72l({u}) }}", "/* }} */ @im\\port url({u});",
]  # fmt: skip
"""Without the braces doubled they are style sheets."""


def addresses(folder: Path, token: str, port: int) -> dict[str, str]:
    """The same thing by each scheme, under a name of its own."""
    file = folder / f"{token}.png"
    svg = SVG.format(u=f"file://{file}", inside=f'<image href="http://127.0.0.1:{port}/{token}"/>')
    entity = ENTITY.format(u=f"file://{file}")
    return {
        "file": f"file://{file}",
        "path": str(file),
        "http": f"http://127.0.0.1:{port}/{token}.png",
        "scheme-relative": f"//127.0.0.1:{port}/{token}.png",
        "ftp": f"ftp://127.0.0.1:{port}/{token}.png",
        "gopher": f"gopher://127.0.0.1:{port}/{token}",
        "data": "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(),
        "data of data": "data:image/svg+xml," + entity.replace('"', "%22").replace("<", "%3C"),
    }


FOUR = (("file", "path"), ("http", "http"), ("ftp", "gopher", "scheme-relative"), ("data", "data of data"))
"""The four kinds of scheme, each with its ways of writing."""


def filled(vector: str, address: str) -> str:
    """A vector that asks for the address."""
    folder, _, name = address.rpartition("/")
    return vector.format(u=address, b=folder + "/", n=name)
