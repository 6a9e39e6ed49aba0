"""Templates that somebody else wrote: read as a tree first, and filled only if they can do next to nothing.

What a template may: print names and their attributes, branch, go through lists that are there, at most three
deep, and use ten filters. It can call nothing, compute nothing, include nothing and reach no attribute of an
object, for there are no objects: its facts are dicts, lists, texts and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from core.api import money

LONGEST = 64 * 1024
"""Characters of a template."""
MOST = 8_000_000
"""Characters of a filled one; two thousand lines take a quarter of that."""
DEEPEST = 3
"""Loops inside each other."""

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const,
    nodes.For, nodes.If, nodes.Filter, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
_RESERVED = ("self", "super", "caller", "varargs", "kwargs")
"""Names that Jinja itself gives a meaning, and so an object."""
_LOOP = ("index", "index0", "first", "last", "length")


class Unfit(ValueError):
    """The template cannot be used; the text says why and in which line."""


def _broken(lines: Any) -> Markup:
    return Markup("<br/>").join(escape(line) for line in ([lines] if isinstance(lines, str) else lines))


def _default(value: Any, other: str = "") -> Any:
    return value or other


FILTERS: dict[str, Callable[..., Any]] = {
    "escape": escape,
    "upper": lambda text: str(text).upper(),
    "lower": lambda text: str(text).lower(),
    "trim": lambda text: str(text).strip(),
    "length": len,
    "default": _default,
    "broken": _broken,
    "yuan": lambda fen: money.yuan_grouped(int(fen)),
    "capitals": lambda fen: money.capitals(int(fen)),
    "day": lambda text: f"{date.fromisoformat(str(text)[:10]):%Y年%m月%d日}",
}
"""All there are. `broken` sets a list of texts on a line each."""


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        if isinstance(obj, LoopContext) and argument in _LOOP:
            return getattr(obj, argument)
        return self.undefined(obj=obj, name=str(argument))


def _environment() -> _Environment:
    made = _Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    made.filters.update(FILTERS)
    return made


_ENVIRONMENT = _environment()


@lru_cache(maxsize=64)
def checked(source: str) -> Template:
    """Read a template as a tree, and compile it if that holds nothing that no template may.

    :raise Unfit: it does.
    """
    if len(source) > LONGEST:
        raise Unfit(f"模板超过 {LONGEST} 个字符")
    try:
        tree = _ENVIRONMENT.parse(source)
        _walk(tree, 0)
        return _ENVIRONMENT.from_string(tree)
    except TemplateError as error:
        raise Unfit(f"第 {getattr(error, 'lineno', 0)} 行:语法不对") from None
    except RecursionError:
        raise Unfit("模板嵌套太深") from None


def _walk(tree: nodes.Node, loops: int) -> None:
    # With a list of its own: a tree may be deeper than the interpreter's stack.
    left = [(tree, loops)]
    while left:
        node, loops = left.pop()
        problem = _problem(node, loops)
        if problem:
            raise Unfit(f"第 {node.lineno} 行:{problem}")
        inside = loops + isinstance(node, nodes.For)
        left += [(child, inside) for child in node.iter_child_nodes()]


def _problem(node: nodes.Node, loops: int) -> str:
    if type(node) not in _ALLOWED:
        return f"模板里不能用 {type(node).__name__}"
    if isinstance(node, nodes.For):
        if loops >= DEEPEST:
            return f"循环最多 {DEEPEST} 层"
        if node.recursive or not isinstance(node.target, nodes.Name) or not _is_path(node.iter):
            return "循环只能逐个取出一个列表"
    if isinstance(node, nodes.Name) and (node.name.startswith("_") or node.name in _RESERVED):
        return f"不能用名字 {node.name}"
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return "名字不能以下划线开头"
    if isinstance(node, nodes.Getitem):
        key = node.arg.value if isinstance(node.arg, nodes.Const) else None
        if not isinstance(key, (int, str)) or str(key).startswith("_"):
            return "方括号里只能写数字或名字"
    if isinstance(node, nodes.Filter):
        if node.name not in FILTERS:
            return f"没有过滤器 {node.name}"
        plain = all(isinstance(argument, nodes.Const) for argument in node.args)
        if not plain or node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None:
            return "过滤器的参数只能是固定的值"
    return ""


def _is_path(node: nodes.Node) -> bool:
    while isinstance(node, nodes.Getattr):
        node = node.node
    return isinstance(node, nodes.Name)


def fill(source: str, facts: Mapping[str, Any]) -> str:
    """Fill a template that passes `checked` with facts, which are plain data.

    :raise Unfit: it does not pass, or asks for something that is not among the facts.
    """
    template = checked(source)
    try:
        return _bounded(template.generate(plain(facts)))
    except Unfit:
        raise
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise Unfit(f"模板无法填写:{type(error).__name__} {str(error)[:120]}") from None


def _bounded(pieces: Iterable[str]) -> str:
    kept, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > MOST:
            raise Unfit(f"填好的模板超过 {MOST} 个字符")
        kept.append(piece)
    return "".join(kept)


def plain(value: Any) -> Any:
    """The value if it is made of nothing but dicts with text keys, lists, texts, numbers and None.

    :raise TypeError: it is not.
    """
    if value is None or type(value) in (str, int, float, bool):
        return value
    if type(value) is list:
        return [plain(part) for part in value]
    if type(value) is dict and all(type(key) is str for key in value):
        return {key: plain(part) for key, part in value.items()}
    raise TypeError(f"{type(value).__name__} is no plain data")
