"""The text catalogue: Chinese sentences are the keys, English comes from the `en.po` files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LOCALES = {"zh": "简体中文", "en": "English"}
"""The languages of the interface, the first being the sentences' own."""

_locale: ContextVar[str] = ContextVar("locale", default="zh")
_english: dict[str, str] = {}


def load(files: Iterable[Path]) -> None:
    """Read catalogues; a later file does not change what an earlier one said."""
    for file in files:
        with file.open("rb") as source:
            for message in read_po(source, locale="en"):
                if message.id and message.string and isinstance(message.id, str):
                    _english.setdefault(message.id, str(message.string))


def locale() -> str:
    """The language of now: `zh` or `en`."""
    return _locale.get()


def set_locale(name: str) -> None:
    """Speak this language from now on in this request; unknown names leave it as it is."""
    if name in LOCALES:
        _locale.set(name)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak this language for the length of the block."""
    token = _locale.set(name)
    try:
        yield
    finally:
        _locale.reset(token)


def gettext(sentence: str, /, **values: Any) -> str:
    """The sentence in the language of now, its `%(name)s` places filled."""
    text = _english.get(sentence, sentence) if _locale.get() == "en" else sentence
    return text % values if values else text


def knows(sentence: str) -> bool:
    """Whether the English catalogue has the sentence."""
    return sentence in _english


class Lazy(str):
    """A sentence written before any language is chosen; `str(gettext(it))` speaks it."""


def lazy(sentence: str) -> Lazy:
    """Mark a sentence for the catalogue where it cannot be spoken yet (manifests, tables, rules)."""
    return Lazy(sentence)
