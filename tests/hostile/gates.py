"""Row S11: what no file of the product may hold, each rule with snippets that it must find.

`run` looks through the whole tree, and plants every snippet in a made-up file of its own: a rule that does
not fire on it is worth nothing, and is a violation like a finding.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.contract.source import ROOT
from tests.hostile import gate_finders as find
from tests.hostile.gate_rules import RULES, Rule
from tests.proof.row import Job, Tally

_MADE_BY_US = r"url|link|path|page_of|there|where|to\b|more|onward|place|address|action"

TEMPLATE_RULES: Mapping[str, tuple[str, str]] = {
    "the filter safe": (r"\|\s*safe\b", "{{ text | safe }}"),
    "escaping switched off": (r"{%-?\s*autoescape\s+false", "{% autoescape false %}"),
    "a script in the page": (r"<script(?![^>]*\bsrc=)", "<script>x()</script>"),
    "a handler in the page": (r"\son\w+\s*=\s*[\"']|hx-on", '<a onclick="x()">'),
    "an address that may be a script": (
        rf"href=\"{{{{(?![^}}]*({_MADE_BY_US}))", '<a href="{{ document.remark }}">',
    ),
    "a value outside quotes": (r"\s[a-z-]+={{", "<input value={{ x }}>"),
    "a style made of a value": (r"style\s*=\s*\"[^\"]*{{", '<p style="{{ x }}">'),
}  # fmt: skip
"""Every rule for pages: a pattern, and a snippet that it must find."""


def findings(path: str, tree: ast.Module, rules: tuple[Rule, ...] = RULES) -> Iterator[tuple[Rule, int]]:
    """Rules that a file breaks, with the lines."""
    for rule in rules:
        if rule.is_about(path):
            yield from ((rule, line) for line in sorted(set(rule.finder(tree))))


def product() -> Iterator[tuple[str, ast.Module]]:
    """Every Python file of the product, migrations too."""
    for folder in ("core", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def pages() -> list[Path]:
    """Every page; what a PDF is made of never reaches a browser."""
    found = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "plugins").glob("*/templates/**/*.html")]
    return sorted(found)


def run(job: Job) -> Tally:
    """Every rule on the whole tree, and on its own snippets."""
    tally = Tally(job)
    broken: dict[str, list[str]] = {rule.name: [] for rule in RULES}
    for path, tree in product():
        for rule, line in findings(path, tree):
            broken[rule.name].append(f"{path}:{line}: {rule.name}")
    for rule in RULES:
        home = (rule.only or ("plugins/",))[0].rstrip("/")
        where = home if home.endswith(".py") else f"{home}/planted.py"
        for snippet in rule.snippets:
            if not any(found is rule for found, _ in findings(where, ast.parse(snippet))):
                broken[rule.name].append(f"the rule does not see {snippet!r}")
        tally.case(rule.name, {"I9": broken[rule.name]})
    for name, problems in find.in_pages(pages(), TEMPLATE_RULES).items():
        tally.case(name, {"I9": problems})
    tally.case("blocks that are answered", {"I18": find.missing_blocks(ROOT)})
    tally.case("fields that are read", {"I9": find.undeclared_fields(ROOT)})
    tally.measured["rules"] = len(RULES) + len(TEMPLATE_RULES) + 2
    tally.measured["snippets"] = sum(len(rule.snippets) for rule in RULES) + len(TEMPLATE_RULES)
    return tally
