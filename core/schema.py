"""How tables are made: company tables behind filtered views, and the numbered scripts that make them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from core.errors import StartError
from core.sqlite import House

Columns = Mapping[str, str]
Keys = Sequence[Sequence[str]]


class Schema:
    """What a migration script may do. Names are `<plugin>_<noun>`; core's own bear no prefix."""

    def __init__(self, db: House, owner: str) -> None:
        self._db = db
        self._prefix = "" if owner == "core" else f"{owner}_"

    def company_table(
        self, name: str, columns: Columns, *, key: Sequence[str], unique: Keys = (), indexes: Keys = (),
        checks: Sequence[str] = (), where_unique: Mapping[str, str] | None = None,
        references: Mapping[str, str] | None = None, append_only: bool = False, small: bool = False,
        also_user: str = "", lookups: Sequence[str] = (), changing: Keys = (),
    ) -> None:  # fmt: skip
        """Make a table whose rows belong to companies.

        Its base table gets a leading `company` column in every key; the view of the plain name shows
        and takes only rows of the scope's company.

        :param where_unique: condition of a partial unique index by its comma-joined columns.
        :param references: column → table whose `id` in the same company it must name.
        :param append_only: nothing changes or removes a row, through the view or below it.
        :param small: short rows, kept in key order (no separate row id).
        :param also_user: a column holding a user; that user sees his rows of every company, with a
            readable column `company`.
        :param changing: groups of the only columns that may ever change; such a row is never removed, and
            an update touches the indexes of its own group alone.
        :param lookups: columns by which core finds a row before it knows the company.
        :raise StartError: the name does not carry the plugin's name.
        """
        self._own(name)
        base = f"_{name}"
        parts = ["company TEXT NOT NULL CHECK(company <> '')"]
        parts += [f"{column} {kind}" for column, kind in columns.items()]
        parts.append(f"PRIMARY KEY({', '.join(('company', *key))})")
        parts += [f"CHECK({check})" for check in checks]
        for column, table in (references or {}).items():
            parts.append(f"FOREIGN KEY(company, {column}) REFERENCES _{table}(company, id)")
        self._run(f"CREATE TABLE {base} ({', '.join(parts)}) STRICT{', WITHOUT ROWID' if small else ''}")
        for fields in unique:
            condition = (where_unique or {}).get(",".join(fields), "")
            self._index(base, ("company", *fields), unique=True, where=condition)
        for fields in indexes:
            self._index(base, ("company", *fields))
        for columns_only in (*lookups, *([also_user] if also_user else [])):
            self._index(base, tuple(columns_only.split(", ")))
        if append_only:
            self._freeze(base)
        self._view(name, base, list(columns), also_user)
        if changing:
            self._fix(base, [c for c in columns if not any(c in group for group in changing)])
            self._changes(name, base, _same(key, also_user), changing)
        elif not append_only:
            group = [column for column in columns if column not in key]
            self._changes(name, base, _same(key, also_user), [group])
            self._cuts(name, base, _same(key, also_user))

    def global_table(
        self, name: str, columns: Columns, *, key: Sequence[str], reason: str, unique: Keys = (),
        indexes: Keys = (), checks: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Make a table that belongs to no company; `reason` says why that cannot be otherwise.

        :raise StartError: no reason, or a name that is not the plugin's.
        """
        self._own(name)
        if not reason:
            raise StartError(f"table {name} belongs to no company: say why")
        parts = [f"{column} {kind}" for column, kind in columns.items()]
        parts.append(f"PRIMARY KEY({', '.join(key)})")
        parts += [f"CHECK({check})" for check in checks]
        self._run(f"CREATE TABLE {name} ({', '.join(parts)}) STRICT")
        for fields in unique:
            self._index(name, tuple(fields), unique=True)
        for fields in indexes:
            self._index(name, tuple(fields))

    def search_table(self, name: str) -> None:
        """Make a full-text table: view `name` (id, n, hit) to ask, `name_entry` (id, body) to fill.

        `WHERE hit MATCH ?` finds entries of the scope's company; `n` grows with each entry.
        """
        self._own(name)
        base, rows = f"_{name}", f"_{name}_row"
        self._run(f"CREATE VIRTUAL TABLE {base} USING fts5(body, content='', tokenize='unicode61')")
        self._run(
            f"CREATE TABLE {rows} (n INTEGER PRIMARY KEY, company TEXT NOT NULL, id TEXT NOT NULL,"
            " UNIQUE(company, id)) STRICT"
        )
        self._run(
            # n is the index's own rowid: asked for newest first, SQLite then stops at the page's end.
            f"CREATE VIEW {name} AS SELECT r.id AS id, s.rowid AS n, s.{base} AS hit FROM {base} s"
            f" JOIN {rows} r ON r.n = s.rowid WHERE r.company = cur_company()"
        )
        self._run(
            f"CREATE VIEW {name}_entry AS SELECT id, '' AS body FROM {rows} WHERE company = cur_company()"
        )
        self._run(
            f"CREATE TRIGGER {name}_fill INSTEAD OF INSERT ON {name}_entry BEGIN"
            f" INSERT INTO {rows}(company, id) VALUES (cur_company(), NEW.id);"
            f" INSERT INTO {base}(rowid, body) SELECT n, NEW.body FROM {rows}"
            " WHERE company = cur_company() AND id = NEW.id; END"
        )

    def _view(self, name: str, base: str, columns: list[str], also_user: str) -> None:
        shown = ", ".join([*columns, *(["company"] if also_user else [])])
        mine = f" OR {also_user} = cur_user()" if also_user else ""
        self._run(f"CREATE VIEW {name} AS SELECT {shown} FROM {base} WHERE company = cur_company(){mine}")
        news = ", ".join(f"NEW.{column}" for column in columns)
        self._run(
            f"CREATE TRIGGER {name}_new INSTEAD OF INSERT ON {name} BEGIN INSERT INTO {base}"
            f"(company, {', '.join(columns)}) VALUES (cur_company(), {news}); END"
        )

    def _changes(self, name: str, base: str, same: str, groups: Keys) -> None:
        for number, group in enumerate(group for group in groups if group):
            sets = ", ".join(f"{column} = NEW.{column}" for column in group)
            self._run(
                f"CREATE TRIGGER {name}_set{number} INSTEAD OF UPDATE OF {', '.join(group)} ON {name} BEGIN"
                f" UPDATE {base} SET {sets} WHERE {same}; END"
            )

    def _cuts(self, name: str, base: str, same: str) -> None:
        self._run(
            f"CREATE TRIGGER {name}_cut INSTEAD OF DELETE ON {name} BEGIN"
            f" DELETE FROM {base} WHERE {same}; END"
        )

    def _fix(self, base: str, columns: Sequence[str]) -> None:
        for verb in ("DELETE", f"UPDATE OF company, {', '.join(columns)}"):
            self._run(
                f"CREATE TRIGGER {base}_keep_{verb.split()[0].lower()} BEFORE {verb} ON {base}"
                f" BEGIN SELECT RAISE(ABORT, '{base}: this never changes'); END"
            )

    def _freeze(self, base: str) -> None:
        for verb in ("UPDATE", "DELETE"):
            self._run(
                f"CREATE TRIGGER {base}_keep_{verb.lower()} BEFORE {verb} ON {base}"
                f" BEGIN SELECT RAISE(ABORT, '{base} is append-only'); END"
            )

    def _index(self, table: str, fields: Sequence[str], *, unique: bool = False, where: str = "") -> None:
        name = f"{table}_by_{'_'.join(fields)}" if not unique else f"{table}_one_{'_'.join(fields)}"
        condition = f" WHERE {where}" if where else ""
        kind = "UNIQUE INDEX" if unique else "INDEX"
        self._run(f"CREATE {kind} {name} ON {table}({', '.join(fields)}){condition}")

    def _own(self, name: str) -> None:
        if not name.startswith(self._prefix) or name.startswith("_"):
            raise StartError(f"table {name} does not belong to this plugin: its name begins {self._prefix}")

    def _run(self, sql: str) -> None:
        self._db.execute_sql(sql)


def _same(key: Sequence[str], also_user: str) -> str:
    # The user's rows elsewhere are shown, too: a change that meets one of them changes nothing here.
    own = ["OLD.company = cur_company()"] if also_user else []
    return " AND ".join(["company = cur_company()", *own, *(f"{column} = OLD.{column}" for column in key)])


def migrate(db: House, folders: Iterable[tuple[str, Path]]) -> list[str]:
    """Bring the database up to the scripts of each owner, each script in one transaction.

    :returns: the scripts run now.
    :raise StartError: the database knows a script this program lacks (it is older than its data).
    """
    db.execute_sql(
        "CREATE TABLE IF NOT EXISTS _migration (owner TEXT, name TEXT, PRIMARY KEY(owner, name)) STRICT"
    )
    ran = []
    for owner, folder in folders:
        rows = db.execute_sql("SELECT name FROM _migration WHERE owner = ?", (owner,)).fetchall()
        done, scripts = {row[0] for row in rows}, sorted(folder.glob("[0-9]*.py"))
        missing = done - {script.stem for script in scripts}
        if missing:
            raise StartError(f"the data is newer than this program ({owner}: {', '.join(sorted(missing))})")
        for script in scripts:
            if script.stem not in done:
                _apply(db, owner, script)
                ran.append(f"{owner}/{script.stem}")
    return ran


def _apply(db: House, owner: str, script: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"migration_{owner}_{script.stem}", script)
    if spec is None or spec.loader is None:
        raise StartError(f"{script} cannot be read")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with db.atomic("IMMEDIATE"):
        # Another process may have come first: a command beside a server that starts.
        if db.execute_sql(
            "SELECT 1 FROM _migration WHERE owner = ? AND name = ?", (owner, script.stem)
        ).fetchone():
            return
        module.up(Schema(db, owner))
        db.execute_sql("INSERT INTO _migration VALUES (?, ?)", (owner, script.stem))
