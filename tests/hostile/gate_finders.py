"""How each rule of `gates` finds what it forbids: in syntax trees, in pages, and between the two."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.hostile import policies

SQL_MAKERS = {
    "core/": "names of its own tables and columns, and marks; held by tests/core",
    "plugins/bureau/": "the simulated authority's own file",
    "plugins/issuing/known.py": "names of columns of its own",
    "plugins/archive/service.py": "marks for a list of states",
}
"""Files that make SQL of text, and of what text: none of it anybody typed."""

_SQL = {"execute", "executemany", "executescript", "execute_sql", "rows", "SQL", "raw", "select"}
_ROUTES = {"get", "post", "put", "patch", "delete", "route"}
_MAKING = r"\s*(CREATE (TABLE|VIEW|TRIGGER|INDEX)|DROP|ALTER) "
_READS = {"args", "form", "values"}


@cache
def _nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in _nodes(tree):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), node


def calls(*names: str) -> Callable[[ast.Module], Iterator[int]]:
    """Calls by these names, dotted as written."""
    return lambda tree: (node.lineno for name, node in _calls(tree) if name in names)


def methods(*names: str) -> Callable[[ast.Module], Iterator[int]]:
    """Calls of a method by these names, of whatever."""
    return lambda tree: (node.lineno for _, node in _calls(tree)
                         if isinstance(node.func, ast.Attribute) and node.func.attr in names)  # fmt: skip


def attributes(*names: str) -> Callable[[ast.Module], Iterator[int]]:
    """These attributes, dotted as written."""
    return lambda tree: (node.lineno for node in _nodes(tree)
                         if isinstance(node, ast.Attribute) and _dotted(node) in names)  # fmt: skip


def imports(*names: str) -> Callable[[ast.Module], Iterator[int]]:
    """Imports of these modules or of anything in them; inside functions, too."""

    def hits(imported: str) -> bool:
        return any(imported == name or imported.startswith(f"{name}.") for name in names)

    def finder(tree: ast.Module) -> Iterator[int]:
        for node in _nodes(tree):
            if isinstance(node, ast.Import) and any(hits(alias.name) for alias in node.names):
                yield node.lineno
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                whole = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                yield from [node.lineno] * any(map(hits, whole))

    return finder


def _is_made(node: ast.expr, made: set[str]) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mod, ast.Add)):
        parts = (node.left, node.right)
        texts = [part for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return (bool(texts) and len(texts) < 2) or any(_is_made(part, made) for part in parts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return isinstance(node.func.value, (ast.Constant, ast.Name))
    return isinstance(node, ast.Name) and node.id in made


def made_sql(tree: ast.Module) -> Iterator[int]:
    """A statement whose text is put together; values are bound, never spelt."""
    assigned = [node for node in _nodes(tree) if isinstance(node, ast.Assign)]
    made = {
        target.id
        for node in assigned
        if _is_made(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for name, node in _calls(tree):
        if name.rpartition(".")[2] in _SQL and node.args and _is_made(node.args[0], made):
            yield node.lineno


def _is_idle(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def swallowed(tree: ast.Module) -> Iterator[int]:
    """A bare `except`, or one of everything that does nothing."""
    broad = {"Exception", "BaseException"}
    for node in _nodes(tree):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None or (_dotted(node.type) in broad and all(map(_is_idle, node.body))):
                yield node.lineno
        elif isinstance(node, ast.Call) and _dotted(node.func).rpartition(".")[2] == "suppress":
            yield from [node.lineno] * bool(broad & {_dotted(arg) for arg in node.args})


def open_views(tree: ast.Module) -> Iterator[int]:
    """A route whose view does not say who may."""
    for node in _nodes(tree):
        if isinstance(node, ast.FunctionDef):
            names = [_dotted(d.func) for d in node.decorator_list if isinstance(d, ast.Call)]
            routed = [
                n
                for n in names
                if n.split(".")[0] in ("bp", "blueprint", "app") and n.rpartition(".")[2] in _ROUTES
            ]
            if routed and not any(n.rpartition(".")[2] == "allow" for n in names):
                yield node.lineno
        elif isinstance(node, ast.Call) and _dotted(node.func).endswith(".add_url_rule"):
            yield node.lineno


def unreasoned(tree: ast.Module) -> Iterator[int]:
    """A table of no company that says not why."""
    for name, node in _calls(tree):
        if name.endswith("global_table"):
            given = {word.arg: word.value for word in node.keywords}
            why = given.get("reason")
            if why is None or (isinstance(why, ast.Constant) and not str(why.value).strip()):
                yield node.lineno


def made_tables(tree: ast.Module) -> Iterator[int]:
    """SQL that makes, changes or removes a table."""
    for node in _nodes(tree):
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if isinstance(node, ast.Constant) and re.match(_MAKING, text):
            yield node.lineno


def formats(tree: ast.Module) -> Iterator[int]:
    """`format` of a text that is no constant: its places may name anything that an object leads to."""
    for name, node in _calls(tree):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "format_map", "substitute"):
            constant = isinstance(node.func.value, ast.Constant)
            if not constant and name not in ("datetime.format",):
                yield node.lineno


def unescaped(tree: ast.Module) -> Iterator[int]:
    """A Jinja environment without autoescape=True."""
    for name, node in _calls(tree):
        if name.rpartition(".")[2].endswith("Environment"):
            given = {word.arg: word.value for word in node.keywords}
            escape = given.get("autoescape")
            if not (isinstance(escape, ast.Constant) and escape.value is True):
                yield node.lineno


def unsealed(tree: ast.Module) -> Iterator[int]:
    """TLS that takes any certificate."""
    for name, node in _calls(tree):
        words = {word.arg: word.value for word in node.keywords}
        verify = words.get("verify")
        if "unverified" in name or (isinstance(verify, ast.Constant) and verify.value is False):
            yield node.lineno
        if name.endswith("SMTP_SSL") and "context" not in words:
            yield node.lineno
    yield from _switched_off(tree)


def _switched_off(tree: ast.Module) -> Iterator[int]:
    for node in _nodes(tree):
        if isinstance(node, ast.Attribute) and node.attr == "CERT_NONE":
            yield node.lineno
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and node.value.value is False
        ):
            yield from (
                t.lineno for t in node.targets if isinstance(t, ast.Attribute) and t.attr == "check_hostname"
            )


def lax_rights(tree: ast.Module) -> Iterator[int]:
    """Rights that let everybody of the machine in."""
    for name, node in _calls(tree):
        modes = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, int)
        ]
        if name.endswith("chmod") and any(mode & 0o027 for mode in modes):
            yield node.lineno
        if name.endswith("umask") and 0 in modes:
            yield node.lineno


def in_pages(paths: Iterable[Path], rules: Mapping[str, tuple[str, str]]) -> dict[str, list[str]]:
    """What pages break, by rule; a rule that does not see its own snippet is told, too."""
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    found = {}
    for name, (pattern, snippet) in rules.items():
        told = [f"{path}: {name}: {hit.group()[:60]}" for path, text in texts.items()
                for hit in re.finditer(pattern, text)]  # fmt: skip
        found[name] = told + ([] if re.search(pattern, snippet) else [f"the rule does not see {snippet}"])
    return found


def _blocks(root: Path) -> dict[str, set[str]]:
    found = {}
    for path in [*(root / "templates").rglob("*.html"), *(root / "plugins").glob("*/templates/**/*.html")]:
        name = path.as_posix().rpartition("/templates/")[2]
        found[name] = set(re.findall(r"{%-?\s*block (\w+)", path.read_text(encoding="utf-8")))
    return found


def missing_blocks(root: Path) -> list[str]:
    """`respond("page.html", "block")` of a page that has no such block of its own: htmx gets a failure."""
    known, found = _blocks(root), []
    for path in [*(root / "core").glob("*.py"), *(root / "plugins").rglob("*.py")]:
        for name, node in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            if name != "respond" or len(node.args) < 2 or not isinstance(node.args[0], ast.Constant):
                continue
            page = str(node.args[0].value)
            page = page if page in known else page.rpartition("/templates/")[2]
            for part in ast.walk(node.args[1]):
                block = part.value if isinstance(part, ast.Constant) else ""
                if isinstance(block, str) and block and page in known and block not in known[page]:
                    found.append(f"{path.relative_to(root)}:{node.lineno}: {page} has no block {block}")
    return found


def undeclared_fields(root: Path) -> list[str]:
    """Fields that a view reads and that `policies` says nothing of: does it name a thing of a company?"""
    known = policies.PLAIN_FIELDS | {name for fields in policies.FIELD_IDS.values() for name in fields}
    found = []
    # The simulated authority is a program of its own, which serves no page of ours.
    own = root / "plugins" / "bureau" / "desk.py"
    for path in [*(root / "core").glob("*.py"), *(root / "plugins").rglob("*.py")]:
        for name, node in _calls(ast.parse(path.read_text(encoding="utf-8"))) if path != own else ():
            parts = name.split(".")
            if parts[0] != "request" or len(parts) != 3 or parts[1] not in _READS or not node.args:
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value not in known:
                found.append(
                    f"{path.relative_to(root)}:{node.lineno}: field {first.value!r} stands in no table"
                )
    return found
