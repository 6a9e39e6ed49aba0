"""What everybody shares and no plugin's call may leave changed: noted before it, put back after it."""

from __future__ import annotations

import decimal
import faulthandler
import gc
import locale
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from core import db, scope
from core.sqlite import LinkError

_MASK = os.umask(0o77)
os.umask(_MASK)
_KEPT = frozenset(
    {"core", "builtins", "datetime", "decimal", "hashlib", "json", "os", "peewee", "sqlite3", "time"}
)
"""Packages whose functions stay what they are."""


def _set_decimals(values: tuple[Any, ...]) -> None:
    mine = decimal.getcontext()
    mine.prec, mine.rounding, decimal.DefaultContext.prec, decimal.DefaultContext.rounding = values


def _decimals() -> tuple[Any, ...]:
    mine, new = decimal.getcontext(), decimal.DefaultContext
    return mine.prec, mine.rounding, new.prec, new.rounding


_LIGHT: list[tuple[str, Callable[[], Any], Callable[[Any], Any]]] = [
    ("the working directory", os.getcwd, os.chdir),
    ("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    ("the sockets' timeout", socket.getdefaulttimeout, socket.setdefaulttimeout),
    ("the garbage collector", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    ("the switch interval", sys.getswitchinterval, sys.setswitchinterval),
    ("the scope", scope.mark, scope.back_to),
    ("decimal arithmetic", _decimals, _set_decimals),
    ("the database connection", db.mark, db.back_to),
    ("the log", lambda: logging.root.manager.disable, logging.disable),
]  # fmt: skip


def _set_environ(values: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(values)


def _refill(real: Any, values: list[Any]) -> None:
    real[:] = values


def _set_stdout(_was: bool) -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name).closed:
            setattr(sys, name, open(2 - (name == "stdout"), "w", closefd=False))  # noqa: SIM115


def _signals() -> dict[signal.Signals, Any]:
    main = threading.current_thread() is threading.main_thread()
    return {number: signal.getsignal(number) for number in signal.Signals} if main else {}


def _set_signals(handlers: dict[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _modules() -> dict[str, ModuleType]:
    return {name: module for name, module in list(sys.modules.items()) if _top(name) in _KEPT}


def _top(name: str) -> str:
    return name.partition(".")[0]


def _functions() -> dict[tuple[Any, str], Any]:
    found: dict[tuple[Any, str], Any] = {}
    for module in _modules().values():
        for name, thing in vars(module).items():
            if callable(thing):
                found[module, name] = thing
            if isinstance(thing, type) and _top(thing.__module__) == _top(module.__name__):
                found.update({(thing, n): f for n, f in vars(thing).items() if isinstance(f, FunctionType)})
    return found


_THOROUGH: list[tuple[str, Callable[[], Any], Callable[[Any], Any]]] = [
    ("the locale", lambda: locale.setlocale(locale.LC_ALL), lambda it: locale.setlocale(locale.LC_ALL, it)),
    ("the environment", lambda: dict(os.environ), _set_environ),
    ("the warnings", lambda: list(warnings.filters), lambda old: _refill(warnings.filters, old)),
    ("the log's handlers", lambda: logging.root.handlers[:], lambda old: _refill(logging.root.handlers, old)),
    ("the output", lambda: sys.stdout.closed or sys.stderr.closed, _set_stdout),
    ("the signals", _signals, _set_signals),
    ("the alarm", lambda: signal.getitimer(signal.ITIMER_REAL)[0] > 0,
     lambda was: signal.setitimer(signal.ITIMER_REAL, 0)),
]  # fmt: skip


class Meddled(RuntimeError):
    """A plugin's call left something changed that is not its own; it was put back."""


_OWN = frozenset({"the scope", "decimal arithmetic", "the database connection"})
"""What each thread has for itself; the rest is the process's."""
_turn = threading.Lock()
_inside = 0
_calm: dict[str, Any] = {}
"""How the process was when no plugin was being called: what calls that overlap are compared with. Each
one's own beginning would not do: a call may begin while another one's harm is not yet put back."""


class Before:
    """How things are before a call; `put_back` has to follow.

    :param thorough: also what takes a millisecond to look at: functions, modules, signals, environment.
    """

    def __init__(self, *, thorough: bool = False) -> None:
        global _inside
        self._thorough = thorough
        self._aspects = [*_LIGHT, *_THOROUGH] if thorough else _LIGHT
        self._process = os.getpid()
        self.lost: db.Lost | None = None
        with _turn:
            if not _inside:
                _calm.clear()
            _inside += 1
            if thorough and "the code" not in _calm:
                _calm["the code"] = _modules(), _functions()
            for name, read, _ in self._aspects:
                if name not in _calm and name not in _OWN:
                    _calm[name] = read()
            self._values = [read() if name in _OWN else _calm[name] for name, read, _ in self._aspects]

    def put_back(self) -> list[str]:
        """Put back what changed, and name it."""
        global _inside
        if os.getpid() != self._process:
            # The plugin forked: what came back here is the copy, and nobody waits for it.
            os._exit(0)
        with _turn:
            _inside -= 1
            changed = ["the file mask"] if os.umask(_MASK) != _MASK else []
            if self._thorough:
                # First: what compares and writes may itself have been replaced.
                changed += self._put_back_code()
            for (name, read, write), was in zip(self._aspects, self._values, strict=True):
                if _differs(read, was):
                    changed.append(name)
                    try:
                        write(was)
                    except db.Lost as lost:
                        self.lost = lost
        return changed

    @staticmethod
    def _put_back_code() -> list[str]:
        faulthandler.cancel_dump_traceback_later()
        modules, functions = _calm["the code"]
        changed = [name for name, module in modules.items() if sys.modules.get(name) is not module]
        sys.modules.update(modules)
        for (owner, name), thing in functions.items():
            if vars(owner).get(name) is not thing:
                setattr(owner, name, thing)
                changed.append(f"{owner.__name__}.{name}")
        return changed


def _differs(read: Callable[[], Any], was: Any) -> bool:
    try:
        return bool(read() != was)
    except (OSError, LinkError):
        return True
