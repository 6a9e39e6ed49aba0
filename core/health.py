"""Whether the house is well: the checks that `/readyz`, `fapiao doctor` and monitors share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from core import capped, checkpoints, clock, db, disk, plugins, registry
from core.checkpoints import Signer

Level = Literal["ok", "warn", "bad"]

LATE_SECONDS, STUCK_SECONDS = 60.0, 600.0
"""A task due so long ago says that the worker lags, or that there is none."""
UNKNOWN_FOR, PARKED_FOR, UNSIGNED_FOR = timedelta(hours=13), timedelta(days=1), timedelta(hours=2)
"""After so long a person should look: an outcome unknown (the longest settle window known is 12 h), a
document parked, a ledger without a checkpoint."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `text` is what was found and what to do, a key of the text catalogue with `params`."""

    name: str
    level: Level
    text: str = ""
    params: tuple[tuple[str, object], ...] = ()


def checks(signer: Signer) -> list[Check]:
    """Every check, made now."""
    subjects: list[Callable[[], Iterator[Check]]] = [
        _disk, _frozen, lambda: _witness(signer), _modules, _work, _documents, _differences, _walls
    ]  # fmt: skip
    return [check for subject in subjects for check in subject()]


def worst(found: list[Check]) -> Level:
    """The worst level among checks."""
    levels = {check.level for check in found}
    return "bad" if "bad" in levels else "warn" if "warn" in levels else "ok"


def _disk() -> Iterator[Check]:
    writable = disk.is_writable()
    free, whole = disk.free()
    if disk.has_stopped():
        reason = (("reason", disk.trouble()),)
        yield Check("disk", "bad", "磁盘写入失败(%(reason)s):检查磁盘后重启服务", reason)
    elif not writable:
        yield Check("disk", "bad", "磁盘空间不足,只读运行:清理出空间后自动恢复")
    elif free * 100 < whole * 15:
        yield Check("disk", "warn", "磁盘只剩 %(mb)s MB 可用:请尽快清理", (("mb", free >> 20),))
    else:
        yield Check("disk", "ok")


def _frozen() -> Iterator[Check]:
    reason = registry.frozen()
    yield (
        Check("issuing", "bad", "开票已冻结:%(reason)s", (("reason", reason),))
        if reason
        else Check("issuing", "ok")
    )


def _witness(signer: Signer) -> Iterator[Check]:
    problem = checkpoints.went_back(signer)
    if problem:
        yield Check("ledger", "bad", problem)
        return
    # The oldest event of any company that no checkpoint covers.
    row = db.system.execute_sql(
        "SELECT min(e.at) FROM _ledger_head h JOIN _event e ON e.company = h.company AND e.seq = 1 +"
        " coalesce((SELECT max(c.size) FROM _checkpoint c WHERE c.company = h.company), 0)"
    ).fetchone()
    late = row[0] and clock.now() - datetime.fromisoformat(row[0]) > UNSIGNED_FOR
    text = "有账本超过两小时没有写入检查点:后台进程可能没有运行"
    yield Check("ledger", "warn", text) if late else Check("ledger", "ok")


def _modules() -> Iterator[Check]:
    off = plugins.current().quarantined
    names = (("names", ", ".join(sorted(off))),)
    yield Check("modules", "warn", "有模块因出错被停用:%(names)s", names) if off else Check("modules", "ok")


def _work() -> Iterator[Check]:
    row = db.system.execute_sql("SELECT min(due) FROM _task WHERE state = 'ready' AND due > 0").fetchone()
    late = clock.steady() - row[0] if row[0] is not None else 0.0
    dead = db.system.execute_sql("SELECT count(*) FROM _task WHERE state = 'dead'").fetchone()[0]
    if late > LATE_SECONDS and not registry.frozen():
        level: Level = "bad" if late > STUCK_SECONDS else "warn"
        text = "后台任务已积压 %(seconds)s 秒:检查后台进程 worker.log"
        yield Check("work", level, text, (("seconds", int(late)),))
    elif dead:
        yield Check("work", "warn", "%(count)s 个后台任务多次失败后放弃,需要人工处理", (("count", dead),))
    else:
        yield Check("work", "ok")


def _documents() -> Iterator[Check]:
    for state, longest, text in (
        ("unknown", UNKNOWN_FOR, "%(count)s 张发票的结果长时间不明,请向税局核实"),
        ("parked", PARKED_FOR, "%(count)s 张发票等待人工处理超过一天"),
    ):
        before = (clock.now() - longest).isoformat(timespec="milliseconds")
        count = db.system.execute_sql(
            "SELECT count(*) FROM _document WHERE state = ? AND created_at < ?", (state, before)
        ).fetchone()[0]
        yield Check(state, "warn", text, (("count", count),)) if count else Check(state, "ok")


def _differences() -> Iterator[Check]:
    count = db.system.execute_sql("SELECT count(*) FROM _stray WHERE state = 'open'").fetchone()[0]
    text = "税局清单中有 %(count)s 张发票本系统没有,请在“差异”页核对"
    yield Check("differences", "warn", text, (("count", count),)) if count else Check("differences", "ok")


@cache
def _missing() -> str:
    # Walls are the kernel's: they do not change while a process lives.
    return ", ".join(sorted(name for name, stands in capped.walls().items() if not stands))


def _walls() -> Iterator[Check]:
    text = "读取文件的子进程缺少隔离:%(names)s;请使用更新的内核或允许用户命名空间"
    names = (("names", _missing()),)
    yield Check("walls", "warn", text, names) if _missing() else Check("walls", "ok")
