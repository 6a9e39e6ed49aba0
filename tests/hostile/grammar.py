"""Random SQL: mostly queries and changes that run, and among them every trick to name what is not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import peewee

from tests.hostile.bypasses import BYPASSES, TURNS

_FUNCTIONS = ("length", "upper", "lower", "hex", "quote", "typeof", "trim", "unicode", "abs", "json_quote")
_SUMS = ("count", "max", "min", "sum", "group_concat", "total", "json_group_array")
_WINDOWS = ("row_number()", "rank()", "count(*)", "lag({0})", "first_value({0})", "sum(length({0}))")
_AUXILIARY = (
    "bm25(hit)",
    "highlight(hit, 0, '[', ']')",
    "snippet(hit, 0, '[', ']', '', 9)",
    "matchinfo(hit)",
)
_ODD = ("/**/", "/* _x */", " ", "\n", "\t", "-- x\n", "\x0c", "\ufeff")
_HOMOGLYPHS = ("＿", "\u203f", "\u005f", "‗", "_\u200b")
_ASIDE = (
    "json_each('[1,2]')", "json_tree('{{\"a\":1}}')", "pragma_table_info('{0}')", "pragma_table_list",
    "pragma_integrity_check('{0}')", "sqlite_master", "sqlite_schema", "sqlite_temp_master",
    "(VALUES (1, 2))", "generate_series(1, 3)", "dbstat", "pragma_index_list('{0}')", "fts5vocab",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement. :ivar kind: `read`, `write`, or `refused`: what must not run at all."""

    sql: str
    kind: str
    values: tuple[object, ...] = ()


class Grammar:
    """Makes statements about these views (columns by name) and these base tables."""

    def __init__(self, random: Random, views: Mapping[str, Sequence[str]], bases: Sequence[str]) -> None:
        self.random, self.views, self.bases = random, views, bases

    def statement(self) -> Statement:
        """The next one."""
        draw = self.random.random()
        if draw < 0.12:
            return Statement(self.bypass(), "refused")
        if draw < 0.30:
            return Statement(self.change(), "write")
        if draw < 0.42:
            return self.orm()
        return Statement(self.query(2), "read")

    def bypass(self) -> str:
        """One of the hand-made ones, said in another way."""
        sql = self.random.choice([*BYPASSES, *TURNS])
        for _ in range(self.random.randrange(3)):
            at = self.random.choice([i for i, c in enumerate(sql) if c == " "] or [0])
            sql = sql[:at] + self.random.choice((" ", "\n", "\t", "/**/", "/* x */")) + sql[at:]
        if self.random.random() < 0.3:
            sql = "".join(self.random.choice((c.lower(), c.upper())) for c in sql)
        return self.random.choice(("", "", "", "\ufeff", ";", " ", "/* */", "-- x\n")) + sql

    def name(self, table: str) -> str:
        """A table's name, spelt as oddly as SQL lets one."""
        draw, mark = self.random.random(), self.random.choice(_ODD)
        if draw < 0.6:
            return table
        spelt = self.random.choice((f'"{table}"', f"[{table}]", f"`{table}`", f"'{table}'", table.upper()))
        if draw < 0.75:
            return spelt
        if draw < 0.92:
            return f"{self.random.choice(('main', 'MAIN', 'temp', '[main]'))}{mark}.{mark}{spelt}"
        return table.replace("_", self.random.choice(_HOMOGLYPHS), 1)

    def source(self, depth: int) -> tuple[str, Sequence[str]]:
        """Something to select from, and what columns it has."""
        draw, view = self.random.random(), self.random.choice(list(self.views))
        if draw < 0.78 or depth == 0:
            return self.name(view), self.views[view]
        if draw < 0.86:
            return self.name(self.random.choice(self.bases)), self.views[view]
        if draw < 0.92:
            return self.random.choice(_ASIDE).format(self.random.choice(self.bases)), ("1", "name", "value")
        return f"({self.query(depth - 1)})", ("1", "2")

    def expression(self, columns: Sequence[str], depth: int) -> str:
        """Something to compute from columns."""
        pick, draw = self.random.choice(columns), self.random.random()
        if draw < 0.4 or depth == 0:
            return pick
        inner = self.expression(columns, depth - 1)
        if draw < 0.55:
            return f"{self.random.choice(_FUNCTIONS)}({inner})"
        if draw < 0.65:
            return f"{self.random.choice(_SUMS)}({inner})"
        if draw < 0.72:
            return f"{self.random.choice(_WINDOWS).format(pick)} OVER (ORDER BY {pick})"
        if draw < 0.8:
            return f"(SELECT {self.random.choice(_SUMS)}({pick}) FROM {self.source(depth - 1)[0]})"
        if draw < 0.88:
            return f"CASE WHEN {inner} LIKE '%CANARY%' THEN {pick} ELSE 0 END"
        if draw < 0.94:
            return f"{pick} IN (SELECT {pick} FROM {self.source(depth - 1)[0]})"
        return self.random.choice((f"{pick} || {pick}", "cur_company()", "cur_user()", "1", "NULL", "''"))

    def query(self, depth: int) -> str:
        """A SELECT with whatever may stand in one."""
        if self.random.random() < 0.02:
            view = self.random.choice([name for name in self.views if name.endswith("_search")])
            word = self.random.choice(("common", "CANARYB1", "MINE", "CANARY*"))
            return f"SELECT id, {self.random.choice(_AUXILIARY)} FROM {view} WHERE hit MATCH '{word}'"
        table, columns = self.source(depth)
        shown = ", ".join(self.expression(columns, depth) for _ in range(self.random.randint(1, 3)))
        sql = f"SELECT {self.random.choice(('', 'DISTINCT ', ''))}{shown} FROM {table}"
        if self.random.random() < 0.25:
            other = self.source(max(depth - 1, 0))[0]
            how = self.random.choice(("JOIN", "LEFT JOIN", "CROSS JOIN", "NATURAL JOIN", "FULL JOIN"))
            sql += f" AS a1 {how} {other} AS a2"
        if self.random.random() < 0.4:
            sql += f" WHERE {self.condition(columns, depth)}"
        if self.random.random() < 0.15:
            sql += f" GROUP BY {self.random.choice(columns)}"
        if self.random.random() < 0.25:
            sql += f" ORDER BY {self.expression(columns, depth)}"
        if self.random.random() < 0.2:
            sql += f" LIMIT {self.random.choice(('5', '-1', '1 OFFSET 1'))}"
        return self._around(sql, depth)

    def _around(self, sql: str, depth: int) -> str:
        draw = self.random.random()
        if depth and draw < 0.1:
            way = self.random.choice(("UNION", "UNION ALL", "EXCEPT", "INTERSECT"))
            return f"{sql.split(' ORDER BY')[0].split(' LIMIT')[0]} {way} {self.query(depth - 1)}"
        if depth and draw < 0.2:
            named = self.random.choice(["x", *self.views, *self.bases])
            return f"WITH {named} AS ({self.query(depth - 1)}) {sql}"
        return f"EXPLAIN QUERY PLAN {sql}" if draw > 0.99 else sql

    def condition(self, columns: Sequence[str], depth: int) -> str:
        """Something to choose rows by."""
        pick = self.random.choice(columns)
        return self.random.choice((
            "1=1", f"{pick} LIKE '%CANARY%'", f"{pick} > ''", f"{pick} IS NOT NULL OR 1=1", "company = 'b'",
            f"{self.expression(columns, depth)} = {self.expression(columns, depth)}",
            f"EXISTS (SELECT 1 FROM {self.source(max(depth - 1, 0))[0]} WHERE body LIKE '%CANARY%')",
            "hit MATCH 'common'", "hit MATCH 'CANARY*'", "cur_company() = 'b'",
        ))  # fmt: skip

    def change(self) -> str:
        """An INSERT, UPDATE, REPLACE or DELETE."""
        view = self.random.choice(list(self.views))
        table = self.name(view if self.random.random() < 0.85 else self.random.choice(self.bases))
        columns = list(self.views[view])
        if self.random.random() < 0.1:
            columns.append("company")
        values = [self.random.choice(("'1'", "'b'", "'x'", "2", "NULL", f"'{c}'")) for c in columns]
        tail = self.random.choice(("", "", f" RETURNING {columns[0]}", " ON CONFLICT DO NOTHING"))
        pick, where = self.random.choice(columns), self.condition(columns, 1)
        return self.random.choice((
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)}){tail}",
            f"REPLACE INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)}){tail}",
            f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) {self.query(1)}",
            f"UPDATE {table} SET {pick} = {self.expression(columns, 1)} WHERE {where}",
            f"UPDATE {table} SET {pick} = 'taken', {columns[0]} = '1'",
            f"UPDATE OR REPLACE {table} SET {pick} = x.{pick} FROM {self.source(1)[0]} AS x WHERE {where}",
            f"DELETE FROM {table}", f"DELETE FROM {table} WHERE {where}{tail}",
        ))  # fmt: skip

    def orm(self) -> Statement:
        """The same through peewee: names and an ORDER BY that somebody put text into."""
        view = self.random.choice([*self.views, *self.bases[:3]])
        columns = list(self.views.get(view, ("id", "body")))
        table = peewee.Table(view, columns, alias=self.random.choice(("t1", view)))
        pick = getattr(table, self.random.choice(columns))
        chosen: Any = (
            table.select(pick, peewee.fn.COUNT(pick)) if self.random.random() < 0.3 else table.select()
        )
        if self.random.random() < 0.5:
            chosen = chosen.where(pick.contains("CANARY") | (pick != "x"))
        if self.random.random() < 0.5:
            chosen = chosen.order_by(peewee.SQL(self.expression(columns, 2)))
        if self.random.random() < 0.2:
            other: Any = peewee.Table(self.random.choice(list(self.views)), ("id", "body"))
            chosen = chosen.union_all(other.select(other.id))
        context: Any = peewee.SqliteDatabase(":memory:").get_sql_context()
        sql, values = context.sql(chosen).query()
        return Statement(sql, "read", tuple(values))
