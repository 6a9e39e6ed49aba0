"""Rules and the faults they find. A fault is a value with a permanent code, never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Finding = str | tuple[str, dict[str, object]]
"""Where a rule is broken: a path equal to the form field's name, with values for the message or without."""

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule.

    :ivar code: permanent, `<PLUGIN>-<SUBJECT>-NN`.
    :ivar path: the form field it belongs to (`lines[2].rate`), empty for the whole document.
    :ivar message: what is wrong; a key of the text catalogue (Chinese) with `%(name)s` places.
    :ivar remedy: what to do about it; also a key.
    :ivar source: the standard or notice and its clause.
    :ivar severity: `error` refuses, `warning` only tells.
    """

    code: str
    path: str
    message: str
    remedy: str = ""
    source: str = ""
    severity: str = ERROR
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of a rule set, with the predicate that finds where it is broken."""

    code: str
    message: str
    remedy: str
    source: str
    severity: str
    find: Callable[[Any], Iterable[Finding]]


@dataclass
class RuleSet:
    """Named rules with the dates between which they hold (legal dates, not the wall clock's)."""

    name: str
    source: str
    since: date
    until: date | None = None
    rules: list[Rule] = field(default_factory=list)

    def rule(
        self, code: str, message: str, *, remedy: str, source: str = "", severity: str = ERROR
    ) -> Callable[[Callable[[Any], Iterable[Finding]]], Callable[[Any], Iterable[Finding]]]:
        """Add the decorated predicate as a rule.

        :raise ValueError: the code is already taken in this set.
        """

        def add(find: Callable[[Any], Iterable[Finding]]) -> Callable[[Any], Iterable[Finding]]:
            if any(known.code == code for known in self.rules):
                raise ValueError(f"rule code {code} is used twice")
            self.rules.append(Rule(code, message, remedy, source or self.source, severity, find))
            return find

        return add

    def holds_on(self, day: date) -> bool:
        """Whether the set is in force on that day."""
        return self.since <= day and (self.until is None or day <= self.until)

    def check(self, subject: object) -> list[Fault]:
        """Every broken rule of the set, in the order of its rules."""
        return [_fault(rule, finding) for rule in self.rules for finding in rule.find(subject)]


def _fault(rule: Rule, finding: Finding) -> Fault:
    path, params = (finding, {}) if isinstance(finding, str) else finding
    return Fault(rule.code, path, rule.message, rule.remedy, rule.source, rule.severity, params)


def refuses(faults: Iterable[Fault]) -> bool:
    """Whether any of the faults is more than a warning."""
    return any(fault.severity == ERROR for fault in faults)


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """Errors before warnings, then by path, so that a page and a log show them alike."""
    return sorted(faults, key=lambda fault: (fault.severity != ERROR, fault.path, fault.code))
