"""Bugs planted in the warm parent: imported there first, it reads which one from its environment."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment


def _template_without_list() -> None:
    from plugins.templates import sandbox

    sandbox._walk = lambda tree, loops: None


def _template_in_the_open() -> None:
    from plugins.templates import sandbox

    _template_without_list()
    sandbox._ENVIRONMENT = Environment(autoescape=True)  # type: ignore[assignment]
    sandbox._ENVIRONMENT.filters.update(sandbox.FILTERS)


def _sandbox_alone() -> None:
    from plugins.templates import sandbox

    _template_without_list()
    sandbox._ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=True)  # type: ignore[assignment]
    sandbox._ENVIRONMENT.filters.update(sandbox.FILTERS)


def _nothing_escaped() -> None:
    from plugins.templates import sandbox

    sandbox._ENVIRONMENT.autoescape = False


def _policy_with_folder() -> None:
    from plugins.templates import press

    press.POLICY = replace(press.POLICY, base_dir=Path("/"))


def _policy_with_network() -> None:
    from plugins.templates import press

    press.POLICY = replace(press.POLICY, allow_remote=True, allow_private_networks=True)


def _memory_without_end() -> None:
    from core import walls

    limited = walls.limited
    walls.limited = lambda memory, seconds: limited(2 << 30, seconds)


def _time_without_end() -> None:
    from core import kitchen, walls

    limited = walls.limited
    walls.limited = lambda memory, seconds: limited(memory, 3600)
    # The warm parent is this very program, and so not the module of that name.
    import __main__

    running: Any = getattr(__main__, "Kitchen", kitchen.Kitchen)
    running._end_late = lambda self: None


def _no_reading_back() -> None:
    from plugins.templates import agreement

    agreement.problems = lambda pdf, face: []


def _anything_in_the_page() -> None:
    from plugins.templates import cleaning

    cleaning.style = lambda sheet: sheet
    cleaning.body = lambda html: html


def _no_walls() -> None:
    from core import syscalls, walls

    syscalls.refuse = lambda *, opening: True
    walls.ReadOnly.close_in = lambda self: True  # type: ignore[method-assign]


PLANTS = {
    "templates are not read as trees": _template_without_list,
    "a plain sandbox only": _sandbox_alone,
    "no sandbox": _template_in_the_open,
    "nothing is escaped": _nothing_escaped,
    "the policy names a folder": _policy_with_folder,
    "the policy allows the network": _policy_with_network,
    "children without a cap of memory": _memory_without_end,
    "children without an end": _time_without_end,
    "nothing is read back": _no_reading_back,
    "anything goes into the page": _anything_in_the_page,
    "children without walls": _no_walls,
}

if os.environ.get("FAPIAO_PLANT"):
    PLANTS[os.environ["FAPIAO_PLANT"]]()
