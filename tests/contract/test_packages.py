"""What is imported is declared with its range, and what is declared is imported."""

from __future__ import annotations

import configparser
import re
import sys
from importlib.metadata import packages_distributions

from tests.contract.source import ROOT, imports, modules

OWN = {"core", "plugins"}
USED_BY_OTHERS = {"argon2-cffi", "pyotp"}
"""Flask-Security's own choices of hash and one-time password: named here so that they are installed."""


def declared() -> dict[str, str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["options"]["install_requires"].split()
    return {match[1].lower(): line for line in lines if (match := re.match(r"([\w.-]+)", line))}


def imported() -> set[str]:
    known = packages_distributions()
    roots = {name.split(".")[0] for path in modules(*OWN) for name in imports(path)}
    return {known[root][0].lower() for root in roots - OWN - set(sys.stdlib_module_names)}


def test_every_package_imported_is_declared() -> None:
    assert imported() <= set(declared())


def test_every_package_declared_is_imported() -> None:
    assert set(declared()) - USED_BY_OTHERS <= imported()


def test_every_range_has_both_ends() -> None:
    assert [line for line in declared().values() if not re.search(r">=.+,<", line)] == []
