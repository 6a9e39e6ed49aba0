"""What somebody's template may do, and what a page may hold."""

from __future__ import annotations

import pytest

from plugins.templates import cleaning, sandbox
from plugins.templates.design import built_in
from plugins.templates.sandbox import Unfit

FACTS = {"f": {"title": "甲<b>", "rows": [{"name": ["一", "二"]}, {"name": ["三"]}], "fen": 123456,
               "none": None, "day": "2026-11-24T10:00:00+08:00", "items": "项"}}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{{ f.title }}", "甲&lt;b&gt;"),
        ("{{ f['title'] }}", "甲&lt;b&gt;"),
        ("{{ f.items }}", "项"),
        ("{{ f.rows[0].name | broken }}", "一<br/>二"),
        ("{{ f.title | broken }}", "甲&lt;b&gt;"),
        ("{% for r in f.rows %}{{ loop.index }}{% if not loop.last %},{% endif %}{% endfor %}", "1,2"),
        ("{{ f.fen | yuan }} {{ f.fen | capitals }}", "1,234.56 壹仟贰佰叁拾肆圆伍角陆分"),
        ("{{ f.day | day }}", "2026年11月24日"),
        ("{{ f.none | default('无') }}", "无"),
        ("{% if f.fen > 1 and f.rows | length == 2 or not f.title %}是{% else %}否{% endif %}", "是"),
        ("{{ 'a' | upper }}{{ ' B ' | trim | lower }}{{ '<' | escape }}", "Ab&lt;"),
    ],
)
def test_what_a_template_may(source: str, wanted: str) -> None:
    assert sandbox.fill(source, FACTS) == wanted


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("\n{{ f.__class__ }}", "第 2 行"),
        ("{{ f.x }}", "x"),
        ("{{ x }}", "x"),
        ("{{ f.title() }}", "Call"),
        ("{{ f.title | safe }}", "safe"),
        ("{% for a in f.rows %}" * 4 + "{% endfor %}" * 4, "3 层"),
        ("{{ f.rows.append }}", "append"),
        ("{% for a in f.rows %}{{ loop.cycle }}{% endfor %}", "cycle"),
        ("{{ self }}", "self"),
        ("{{ f", "语法"),
        ("x" * 70_000, "65536"),
    ],
)
def test_what_it_may_not(source: str, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        sandbox.fill(source, FACTS)


def test_a_filled_template_is_bounded() -> None:
    with pytest.raises(Unfit, match="8000000"):
        sandbox.fill("{% for a in f.rows %}{% for b in f.rows %}{{ f.title }}{% endfor %}{% endfor %}",
                     {"f": {"rows": [0] * 1000, "title": "x" * 100}})  # fmt: skip


@pytest.mark.parametrize("value", [object(), {1: "a"}, {"a": {"b": len}}, (1,), {"a": b"x"}])
def test_facts_are_plain_data(value: object) -> None:
    with pytest.raises((Unfit, TypeError)):
        sandbox.fill("x", {"f": value})


def test_the_built_in_design_goes_through_the_same_door() -> None:
    design = built_in()
    assert sandbox.checked(design.style) is sandbox.checked(design.style)
    sandbox.checked(design.body)


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ('<p onclick="x" class="a b">1</p>', '<p class="a b">1</p>'),
        ('<td width="9pt" height="9em">1', "1"),
        ('<table><tr><td width="9.5pt" bgcolor="x">',
         '<table><tbody><tr><td width="9.5pt"></td></tr></tbody></table>'),
        ('<img src="data:image/png;base64,AAAA">', '<img src="data:image/png;base64,AAAA">'),
        ('<img src="data:image/svg+xml;base64,AAAA">', "<img>"),
        ('<img src="http://x/"><img src="/etc/passwd">', "<img><img>"),
        ("<script>x</script><style>x</style><ul><li>1", "1"),
        ("<pdf:nextpage></pdf:nextpage><pdf:pdf src='x'></pdf:pdf>", "<pdf:nextpage></pdf:nextpage>"),
        ("&lt;b&gt; \"'", "&lt;b&gt; &#34;&#39;"),
    ],
)  # fmt: skip
def test_what_a_body_may_hold(html: str, wanted: str) -> None:
    assert cleaning.body(html) == wanted


@pytest.mark.parametrize(
    "sheet",
    ["p { background: url(x) }", "@import x;", "p { color: #cccccc }", "p { background-color: #222222 }",
     "p { font-size: 4pt }", "p { margin: -3pt }", "p { color: #000000", "p { x: 1 }", "p } {",
     "@page { @frame a { @frame b { left: 1pt } } }", "@page { @font-face { size: 1pt } }", "p { p { a } }",
     "p { width: 1pt 2pt 3pt 4pt 5pt 6pt 7pt }", "p", "p::before { width: 1pt; } \\",
     "p { font-family: Arial }", "@page a { size: 1pt; url(x) }"],
)  # fmt: skip
def test_what_a_style_may_not_hold(sheet: str) -> None:
    with pytest.raises(Unfit):
        cleaning.style(sheet)


def test_what_a_style_may_hold() -> None:
    sheet = (
        "@page { size: 9pt 9pt; @frame a { left: 1pt; top: 2pt } } .a td, h1 { color: #102030; margin: 0 }"
    )
    assert cleaning.style(sheet) == sheet
