"""Templates that somebody means harm with: what each tries, and what must become of it.

`refused`: in the words of a gate, before anything happens. `harmless`: it may be drawn, as text or without the
part; then every fact is on the page and nothing else came in. `ended`: it may also cost its caps.
"""
# ruff: noqa: E501 - a template stands in one line

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.hostile.rendering import BODY, STYLE


@dataclass(frozen=True, slots=True)
class Template:
    """A design. :ivar wanted: what must become of it. :ivar family: what it tries."""

    family: str
    body: str
    style: str = STYLE
    wanted: str = "refused"
    data: str = ""
    lines: int = 1


_REACHING = (
    "f.__class__", "f['__class__']", "f|attr('__class__')", "f.__class__.__mro__[1].__subclasses__()",
    "''.__class__", "''['__class__']", "()|attr('__class__')", "f.sheets.__len__", "f.title.__doc__",
    "f['_private']", "f[f.title]", "f[1+1]", "loop.__class__", "self", "self.__init__", "self._TemplateReference__context",
    "_", "__builtins__", "f.columns.__init__.__globals__", "f.items", "f.keys", "f.pop", "f.get", "f.title.format",
    "f.title.upper", "f.sheets.append", "f.sheets.sort", "ink.join", "f.sheets[0].__dict__", "f.nothing", "nothing",
    "config", "request", "session", "g", "url_for", "get_flashed_messages", "cycler", "joiner", "namespace", "lipsum",
    "range", "dict", "caller", "varargs", "kwargs", "loop.cycle", "loop.changed", "f.sheets[-9]", "f.sheets[99]",
)  # fmt: skip
_CALLING = (
    "f.items()", "f.pop('total')", "f.get('x')", "f.title.format(f)", "'{0.__class__}'.format(f)", "'%s' % f",
    "'{0.__init__.__globals__}'|format(f)", "range(10**9)", "range(1000000000)|list", "lipsum(n=100000)",
    "cycler(1,2).next()", "dict(a=1)", "namespace(a=1)", "joiner()()", "f.sheets.append(1)", "f.sheets.clear()",
    "(lambda: 1)()", "config.from_object('os')", "url_for.__globals__.os.popen('id').read()", "f()", "ink()", "7*7",
    "'a'*10000000000", "[1]*10000000000", "10**10000000", "9**9**9**9", "1/0", "f.total + '1'", "f.total ~ '1'",
    "0 - f.amount", "1 if 1 else 2", "[f, f]", "{'a': f}", "(f, f)", "f is defined", "f is mapping", "f.sheets[0:1]",
    "'a' in f.title and f.title.x()",
)  # fmt: skip
_FILTERING = (
    "f|pprint", "f|string", "f|list", "f|attr('x')", "f|map('upper')|list", "f.sheets|map(attribute='__class__')|list",
    "f|select|list", "f.sheets|sort", "f.sheets|sum", "f.title|safe", "f.title|replace('a','b')", "f.title|format(1)",
    "f.title|center(1000000000)", "f.title|indent(100000000)", "f.title|wordwrap(1)", "f.sheets|batch(1)|list",
    "f|xmlattr", "f|tojson", "f.title|urlize", "f.title|random", "f.title|truncate(1)", "f.title|striptags",
    "f|dictsort", "f|items|list", "f.title|forceescape", "f.title|int", "f.title|filesizeformat", "f|groupby('x')",
    "f.title|default(f)", "f.title|default(value=f)", "f.title|default(*f.sheets)", "f.title|default(**f)",
    "f.title|nothing", "f.title|first|first", "f.title|reverse", "f.title|yuan", "f.sheets|day", "f|capitals",
)  # fmt: skip
_STATING = (
    "{% import 'os' as os %}", "{% include '/etc/passwd' %}", "{% include 'default-1.html' %}", "{% extends 'x' %}",
    "{% from 'x' import y %}", "{% macro a() %}x{% endmacro %}{{ a() }}", "{% set a = 1 %}{{ a }}",
    "{% set f = {} %}", "{% block a %}x{% endblock %}", "{% call(x) f.title() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}", "{% with a = 1 %}{{ a }}{% endwith %}", "{% autoescape false %}{{ f.title }}{% endautoescape %}",
    "{% do f.clear() %}", "{% debug %}", "{% trans %}x{% endtrans %}", "{% for a in range(10**9) %}x{% endfor %}",
    "{% for a in f.sheets recursive %}{{ loop(f.sheets) }}{% endfor %}", "{% for a, b in f %}x{% endfor %}",
    "{% for a in [1, 2, 3] %}x{% endfor %}", "{% for a in 'abc' %}x{% endfor %}", "{% for a in f.sheets|list %}x{% endfor %}",
    "{% for a in f.sheets if a.x() %}x{% endfor %}", "{% for a in f.title * 9 %}x{% endfor %}", "{% if f.x() %}{% endif %}",
    "{% for a in f.sheets %}{% for b in a.rows %}{% for c in b.name %}{% for d in c %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in f.buyer %}{% break %}{% endfor %}", "{% for f in f.sheets %}{{ f.__class__ }}{% endfor %}",
    "{% if 1 %}", "{{", "{% endfor %}", "{{ f. }}", "{{ f['a' }}", "{{ '\\x00' * 9 }}", "{# {{",
)  # fmt: skip
_STYLING = (
    "p { color: #ffffff }", "p { color: #cccccc }", "p { color: white }", "p { background-color: #000000 }",
    "p { font-size: 1pt }", "p { font-size: 0 }", "p { margin-left: -900pt }", "p { left: -9pt }", "p { color: rgb(0,0,0) }",
    "p { color: [[[getattr(pow,Word('__globals__'))['os'].system('touch x') for Word in [1]] for a in [1]]] }",
    "p { width: expression(1) }", "p { width: calc(1pt + 1pt) }", "p { color: var(x) }", "p { content: 'x' }",
    "p { background: url(x) }", "@import 'x';", "@font-face { src: x }", "@media all { p { color: #000000 } }",
    "@page { background-image: url(x) }", "p { } } p {", "p { color: #000000", "</style><script>x</script>", "p { a: b }",
    "p { position: absolute }", "p { -pdf-word-wrap: CJK }", "p { -pdf-outline: true }", "/* x */", "p { z\\6f om: 1 }",
    "p { opacity: 0 }", "p { transform: rotate(1deg) }", "p { font-family: Helvetica }", "p { color: {{ f.title }} }",
    "{% for a in f.sheets %}{{ a.__class__ }}{% endfor %}", "p[x=y] { color: #000000 }", "p { size: 99999pt }",
)  # fmt: skip
_SETTING = (
    '<para color="[[[getattr(pow,Word(\'__globals__\'))[\'os\'].system(\'touch x\')]]]">x</para>',
    '<font color="[[[[ftype(ctype(0,0,0,0,3,67,b\'\',(),(),(),\'\',\'\',\'\',1,b\'\',b\'\'),{})()]]]]">x</font>',
    "<script>app.alert(1)</script>", "<img src=x onerror=alert(1)>", '<p style="display:none">x</p>',
    '<a href="javascript:x">x</a>', '<a href="file:///etc/passwd">x</a>', "<style>p { color: #ffffff }</style>",
    '<pdf:barcode value="1" type="qr"/>', '<pdf:pagenumber/>', '<pdf:language name="x"/>', '<pdf:template name="body">x',
    '<pdf:font name="a" src="/etc/passwd"/>', "<form><input name='x' value='y'></form>", '<textarea>x</textarea>',
    '<meta charset="utf-7"/>+ADw-script+AD4-', "<!-- x --><![CDATA[ x ]]><?php x ?>", "<svg><script>x</script></svg>",
    "<math><mtext></table><img src=x></math>", "<noscript><p title='</noscript><img src=x>'>x</noscript>",
    '<td width="9999999pt">x</td>', '<table><tr><td colspan="999999999">x</td></tr></table>',
    '<table><tr><td rowspan="65535">x</td></tr></table>', '<img src="data:image/png;base64,AAAA"/>',
    '<img src="data:image/svg+xml;base64,PHN2Zy8+"/>', '<img src="data:application/pdf;base64,JVBERi0="/>',
    "<p>{% raw %}{{ 7*7 }}{% endraw %}</p>", "<p>&#123;&#123; 7*7 &#125;&#125;</p>", "<p id='x' class='y'>x</p>" * 50,
    "<pdf:nextpage></pdf:nextpage>" * 5, "<p>%s {0.__class__} ${x} #{x}</p>", "<p>{{ f.title | upper | lower | trim }}</p>",
)  # fmt: skip
_LYING = (
    ("another total", "<p>合计 ¥9.99</p>"),
    ("another total", "<p>¥{{ f.number }}.00</p>"),
    ("another total", "<p>¥1{{ f.total }}</p>"),
    ("another total", "<p>¥<b>7</b>.00</p>"),
)
_OMITTED = ("f.total", "f.number", "f.title", "f.day", "f.buyer_id", "f.seller_id", "f.buyer | broken",
            "f.seller | broken", "f.capitals | broken")  # fmt: skip
_FOREIGN = (
    "{{ 7*7 }}", "{% for a in f.sheets %}x{% endfor %}", "<b>公司</b>", "<script>x</script>", "</p></body>甲",
    "<img src=x>公司", "<!-- 公司", "{{ f.__class__ }}", "<pdf:nextpage>", "{0.__class__}", "%(x)s", "&lt;b&gt;", "';--\"",
    "]]>公司", "¥公司", "{# x #}", "<style>p{}</style>", "${jndi:ldap://x}",
)  # fmt: skip


def _heavy() -> Iterator[Template]:
    loops = "{% for a in f.sheets %}{% for b in f.sheets %}{% for c in f.sheets %}甲{% endfor %}{% endfor %}{% endfor %}"
    rows = "{% for s in f.sheets %}{% for a in s.rows %}{% for b in s.rows %}XX{% endfor %}{% endfor %}{% endfor %}"
    yield Template("much text", BODY + rows.replace("XX", "甲" * 20_000), wanted="ended", lines=300)
    yield Template(
        "much text", BODY + rows.replace("XX", "<p>{{ a.name | broken }}</p>"), wanted="ended", lines=300
    )
    yield Template(
        "many tables",
        BODY + rows.replace("XX", "<table><tr><td>x</td></tr></table>"),
        wanted="ended",
        lines=120,
    )
    yield Template(
        "many cells", BODY + "<table>" + "<tr>" + "<td>x</td>" * 2_000 + "</tr></table>", wanted="ended"
    )
    yield Template("depth", BODY + "<div>" * 3_000, wanted="ended")
    yield Template("depth", BODY + "<table><tr><td>" * 500, wanted="ended")
    yield Template("depth", BODY + "{% if f.title %}" * 3_000, wanted="refused")
    yield Template("depth", BODY + "{{ " + "(" * 3_000 + "f" + ")" * 3_000 + " }}", wanted="refused")
    yield Template("depth", BODY + "{{ f" + ".a" * 9_000 + " }}", wanted="refused")
    yield Template("depth", BODY + "{{ not " * 1 + "not " * 5_000 + "f }}", wanted="refused")
    yield Template("depth", BODY + "{{ f.title" + " | upper" * 4_000 + " }}", wanted="refused")
    yield Template("length", BODY + "x" * 70_000)
    yield Template("length", BODY + "<p>" + "长" * 60_000 + "</p>", wanted="ended")
    yield Template("narrow", BODY, STYLE.replace("595pt 842pt", "60pt 60pt"), wanted="ended")
    yield Template("narrow", BODY, STYLE + "p { margin-left: 590pt }", wanted="ended")
    yield Template("loops", BODY + loops, wanted="harmless")


def corpus() -> list[Template]:
    """Every template, in a fixed order."""
    made = [Template("reaching", BODY + "<p>{{ " + text + " }}</p>") for text in _REACHING]
    made += [Template("calling", BODY + "<p>{{ " + text + " }}</p>") for text in _CALLING]
    made += [Template("filtering", BODY + "<p>{{ " + text + " }}</p>") for text in _FILTERING]
    made += [Template("stating", BODY + text) for text in _STATING]
    made += [Template("styling", BODY, STYLE + text) for text in _STYLING]
    made += [Template("setting", BODY + text, wanted="harmless") for text in _SETTING]
    made += [Template(family, BODY + text) for family, text in _LYING]
    made += [Template("omitting", BODY.replace("{{ " + text + " }}", "")) for text in _OMITTED]
    made += [Template("foreign", BODY, wanted="harmless", data=text) for text in _FOREIGN]
    return made + list(_heavy())


def mutated(template: Template, random: Random) -> Template:
    """The same intent, written otherwise."""
    body = template.body
    added = body[len(BODY) :] if body.startswith(BODY) else ""
    if added and template.family not in ("depth", "length"):
        wraps = ("{{% if f.title %}}{}{{% endif %}}", "{{% for z in f.sheets %}}{}{{% endfor %}}", "<div>{}</div>",
                 "<table><tr><td>{}</td></tr></table>", "{}<p>x</p>", "\n\t{}\r\n")  # fmt: skip
        added = random.choice(wraps).format(added)
        if random.random() < 0.5:
            added = added.replace("{{ ", random.choice(("{{", "{{- ", "{{\n"))).replace(
                " }}", random.choice(("}}", " -}}"))
            )
        body = BODY + added if random.random() < 0.7 else added + BODY
    return Template(template.family, body, template.style, template.wanted, template.data, template.lines)
