"""Companies, their switches and settings, and this installation's own row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core import clock, db, i18n, ledger, rng, scope
from core.errors import NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class Company:
    """A company as the host knows it; its profile belongs to the `companies` plugin."""

    id: str
    name: str
    tax_id: str
    region: str
    status: str


def create_company(
    name: str, tax_id: str, region: str, *, founder: str = "", also: Callable[[], None] | None = None
) -> str:
    """Found a company and return its id. `also` runs in its scope, in the same transaction."""
    company = rng.ulid()
    with scope.opened(company, founder), db.transaction():
        db.insert(
            "company",
            {
                "name": name,
                "tax_id": tax_id,
                "region": region,
                "status": "active",
                "created_at": clock.stamp(),
            },
        )
        ledger.append("company-created", company, {"name": name, "tax_id": tax_id, "region": region})
        if also:
            also()
    return company


def this_company() -> Company:
    """The company of the scope.

    :raise NotFound: there is none by that id.
    """
    row = db.execute("SELECT name, tax_id, region, status FROM company").fetchone()
    if row is None:
        raise NotFound("没有这家公司")
    return Company(scope.company(), *row)


def rename_company(name: str, tax_id: str, region: str) -> None:
    """Change what the host knows of the scope's company; the caller's transaction carries the event."""
    db.require_transaction()
    db.execute("UPDATE company SET name = ?, tax_id = ?, region = ?", name, tax_id, region)


def companies() -> list[Company]:
    """Every company, for the job runner and the command line."""
    found = db.system.execute_sql(
        "SELECT company, name, tax_id, region, status FROM _company ORDER BY company"
    ).fetchall()
    return [Company(*row) for row in found]


def company_names(ids: list[str]) -> dict[str, str]:
    """Names by id, for the switch in the page's header."""
    return {company.id: company.name for company in companies() if company.id in ids} if ids else {}


def switches() -> dict[str, bool]:
    """The scope's company's own choice per module; a module that is not named keeps its default."""
    return {module: bool(enabled) for module, enabled in db.rows("SELECT module, enabled FROM module_switch")}


def switch(module: str, enabled: bool, actor: str) -> None:
    """Switch a module for the scope's company: at once, everywhere."""
    with db.transaction():
        if module in switches():
            db.update("module_switch", {"module": module}, {"enabled": int(enabled)})
        else:
            db.insert("module_switch", {"module": module, "enabled": int(enabled)})
        ledger.append("module-switched", module, {"module": module, "enabled": enabled}, actor)


def company_setting(name: str, default: str = "") -> str:
    """The scope's company's own value of a setting."""
    row = db.execute("SELECT value FROM company_setting WHERE name = ?", name).fetchone()
    return row[0] if row else default


def set_company_setting(name: str, value: str, actor: str = "") -> None:
    """Keep the scope's company's own value of a setting, with its event."""
    with db.transaction():
        before = company_setting(name)
        db.execute("DELETE FROM company_setting WHERE name = ?", name)
        db.insert("company_setting", {"name": name, "value": value})
        ledger.append("setting-changed", name, {"name": name, "before": before, "after": value}, actor)


def begin(boot: str) -> str:
    """Note this run of the machine; leases and due times of another run start anew.

    :returns: this installation's id.
    """
    with db.transaction(db.system):
        row = db.system.execute_sql("SELECT id, boot FROM instance").fetchone()
        if row is None:
            row = (rng.ulid(), boot)
            db.system.execute_sql("INSERT INTO instance VALUES (?, 1, '', ?)", row)
        elif row[1] != boot:
            db.system.execute_sql("UPDATE instance SET boot = ?", (boot,))
            db.system.execute_sql("UPDATE _task SET due = 0, lease_until = 0")
    return str(row[0])


def epoch() -> int:
    """How often this installation's data were put back to an earlier state, counted from 1."""
    return int(db.system.execute_sql("SELECT epoch FROM instance").fetchone()[0])


def frozen() -> str:
    """Why issuing is frozen; empty while it is not."""
    row = db.system.execute_sql("SELECT frozen FROM instance").fetchone()
    return str(row[0]) if row else ""


def freeze(reason: str) -> None:
    """Stop issuing until a person has looked; an empty reason lifts it."""
    with db.transaction(db.system):
        db.system.execute_sql("UPDATE instance SET frozen = ?", (reason,))


def require_unfrozen() -> None:
    """Refuse new work while issuing is frozen.

    :raise Unavailable: it is.
    """
    reason = frozen()
    if reason:
        raise Unavailable("开票已冻结:%(reason)s", reason=i18n.gettext(reason))


@dataclass(frozen=True, slots=True)
class SwitchCounts:
    """How many companies there are, and how many chose a module on or off."""

    companies: int
    on: int
    off: int


def switch_counts(module: str) -> SwitchCounts:
    """How the companies of this installation chose about one module."""
    row = db.system.execute_sql(
        "SELECT (SELECT count(*) FROM _company), coalesce(sum(enabled), 0), coalesce(sum(1 - enabled), 0)"
        " FROM _module_switch WHERE module = ?", (module,),
    ).fetchone()  # fmt: skip
    return SwitchCounts(*row)
