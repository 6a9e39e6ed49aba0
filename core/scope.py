"""Whose data is reached now. Opened by the request middleware, the job runner and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from core.errors import NoScope


@dataclass(frozen=True, slots=True)
class Scope:
    """One company's data as one user. An empty company reaches only what belongs to the user himself."""

    company: str = ""
    user: str = ""


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def scope() -> Scope:
    """The scope of now.

    :raise NoScope: none is open.
    """
    found = _current.get()
    if found is None:
        raise NoScope("company data was asked for outside a company's scope")
    return found


def is_open() -> bool:
    """Whether a scope is open."""
    return _current.get() is not None


def company() -> str:
    """The company of the scope of now; what the database's views filter by.

    :raise NoScope: no scope is open.
    """
    return scope().company


def user() -> str:
    """The user of the scope of now; empty for jobs and strangers."""
    return scope().user


@contextmanager
def opened(company: str = "", user: str = "") -> Iterator[Scope]:
    """Reach one company's data for the length of the block."""
    token = _current.set(Scope(company, user))
    try:
        yield scope()
    finally:
        _current.reset(token)


@contextmanager
def closed() -> Iterator[None]:
    """Reach no company's data for the length of the block."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def mark() -> Scope | None:
    """The scope of now, or none: for the guard around a plugin's call."""
    return _current.get()


def back_to(was: Scope | None) -> None:
    """Leave whatever a plugin's call entered and did not leave."""
    _current.set(was)
