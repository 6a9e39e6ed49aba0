"""Holds each call into a plugin: guarded, watched, compared with before, struck, and switched off at last."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from core import clock, guard
from core.contributions import Plugin
from core.errors import AppError
from core.watch import STARTING, Watch

log = logging.getLogger(__name__)

STRIKES = 3
"""So many failures in a row of hooks that only decorate, and the plugin is off until the next start."""
SLOW_SECONDS, STRIKE_SECONDS = 0.2, 5.0
"""A call that somebody waits for is named in the log from the one, and struck from the other."""
QUICK = frozenset({"panel", "event", "check_draft", "prepare_draft", "choose_visitor", "choose_actor"})


class Keeper:
    """Who is allowed to answer, and what becomes of each call."""

    def __init__(self, watch: Watch | None = None) -> None:
        self.watch = watch or Watch()
        self.watch.blamed = self._blame
        self.manifests: dict[str, Plugin] = {}
        self.bundled: set[str] = set()
        self.quarantined: dict[str, str] = {}
        self._strikes: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def quarantine(self, name: str, reason: str) -> None:
        """Leave a plugin out until the next start; its records stay readable."""
        log.error("plugin %s is off: %s", name, reason)
        self.quarantined[name] = reason

    @staticmethod
    def guarded(call: Callable[..., Any], *args: Any, **values: Any) -> tuple[bool, Any]:
        """Call a plugin; `(True, answer)`, or `(False, what it raised)`: exits and bugs alike."""
        try:
            return True, call(*args, **values)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - this is the place that contains plugins
            return False, error
        except BaseException as error:
            # An interrupt of the operator arrives in the main thread, and goes on there.
            if threading.current_thread() is threading.main_thread():
                raise
            return False, error

    def held(
        self, name: str, place: str, call: Callable[..., Any], *args: Any, subject: str = "", **values: Any
    ) -> tuple[bool, Any]:
        """A guarded call that is watched, and after which all that is shared is as it was before.

        What it left changed is put back and costs a strike; at the start it costs the plugin.
        """
        strict = name not in self.bundled and place in ("import", "start", "job")
        began, before = clock.steady(), guard.Before(thorough=strict)
        with self.watch.holding(name, place, subject):
            try:
                ok, value = self.guarded(call, *args, **values)
            except BaseException as error:
                # At the start only the operator's interrupt ends it, whatever a plugin raises.
                if place not in STARTING or isinstance(error, KeyboardInterrupt):
                    before.put_back()
                    raise
                ok, value = False, error
        changed, seconds = before.put_back(), clock.steady() - began
        if changed:
            log.error("%s changed %s in its %s: put back", name, ", ".join(changed[:5]), place)
            meddled = guard.Meddled(f"it changed {', '.join(changed[:5])}")
            counted = place == "panel" or place.startswith("choose_")
            if not counted:
                self._strike(name, place, False, meddled)
            ok, value = (False, meddled) if ok and (strict or counted) else (ok, value)
        if before.lost is not None:
            ok, value = False, before.lost
        if seconds > SLOW_SECONDS and place in QUICK:
            log.warning("%s took %.1f s in its %s", name, seconds, place)
            if seconds > STRIKE_SECONDS:
                self._strike(name, place, False, TimeoutError(f"{seconds:.0f} s in its {place}"))
        return ok, value

    def carry_out(self, name: str, place: str, call: Callable[..., Any], *args: Any) -> Any:
        """A held call whose failure is its caller's.

        :raise Exception: whatever it raised; what is no exception, as one.
        """
        ok, value = self.held(name, place, call, *args)
        if not ok:
            raise value if isinstance(value, Exception) else RuntimeError(f"{name}: {value!r}") from value
        return value

    def set_up(self, name: str, place: str, call: Callable[..., Any], *args: Any) -> None:
        """Something of a plugin's that the start needs: without it a stranger is left out.

        :raise Exception: a bundled plugin's failed; the program is not whole.
        """
        ok, error = self.held(name, place, call, *args)
        if not ok and name in self.bundled:
            raise error
        if not ok:
            self.quarantine(name, f"{place}: {error!r}")

    def decorate(self, name: str, call: Callable[..., Any], *args: Any) -> tuple[bool, Any]:
        """A guarded call that may fail without harm; three failures in a row switch the plugin off.

        :raise AppError: a refusal on purpose is no failure and goes on to the page.
        """
        if self.watch.is_stuck(name, "panel"):
            ok, value = False, TimeoutError("an earlier call has not come back")
        else:
            ok, value = self.held(name, "panel", call, *args)
        if not ok and isinstance(value, AppError):
            raise value
        if not ok:
            log.error("%s failed: %r", name, value, exc_info=value)
        self._strike(name, "panel", ok, value)
        return ok, value

    def _strike(self, name: str, place: str, ok: bool, error: Any) -> None:
        with self._lock:
            self._strikes[name, place] = 0 if ok else self._strikes[name, place] + 1
            out = self._strikes[name, place] >= STRIKES
        if out:
            self._blame(name, f"failed {STRIKES} times in a row: {error!r}")

    def _blame(self, name: str, reason: str) -> bool:
        # An essential plugin stays: without it nobody can be served at all.
        if name in self.manifests and self.manifests[name].essential:
            return False
        if name not in self.quarantined:
            self.quarantine(name, reason)
        return True
