"""Opens a data folder with everything that belongs to it; the server and the command line live in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from core import (
    boot,
    clock,
    db,
    disk,
    i18n,
    instance,
    ledger,
    loading,
    plugins,
    posting,
    registry,
    schema,
    scope,
    security,
    snapshots,
    sqlite,
)
from core.checkpoints import Signer
from core.companions import Companions
from core.contributions import Companion, Job, MenuEntry, Panel, Renderer
from core.errors import StartError
from core.events import KINDS
from core.instance import Folder
from core.jobs import Runner
from core.plugins import Plugins
from core.settings import HOST, PREFIX, Setting, Settings
from core.shell import PERMISSIONS
from core.states import State
from core.watch import Watch

CODE = Path(__file__).resolve().parent.parent
"""Where the program's own files lie."""

STATE_TITLES = {
    State.QUEUED: "排队中", State.SENDING: "发送中", State.ACCEPTED: "税局处理中", State.ISSUED: "已开具",
    State.REJECTED: "被拒绝", State.UNKNOWN: "结果不明", State.PARKED: "待人工处理", State.VOID: "已撤回",
}  # fmt: skip

WORKER = "worker"

_current: House | None = None


class House:
    """An open data folder: database, plugins, keys, and the settings in force."""

    def __init__(
        self, environ: Mapping[str, str], root: Path | None = None, *, serving: bool = False, role: str = ""
    ) -> None:
        """Open the house.

        :param serving: it is the server's. :param role: `worker` in the process that works for it.
        :raise StartError: one clear line on what is in the way.
        """
        try:
            self._open(environ, root, serving=serving, role=role)
        except (OSError, sqlite.DatabaseError, sqlite.LinkError) as error:
            raise StartError(f"the data folder cannot be used: {error}") from error

    def _open(self, environ: Mapping[str, str], root: Path | None, *, serving: bool, role: str) -> None:
        global _current
        self.code = CODE
        host = Settings(HOST, {k: v for k, v in environ.items() if k in {s.variable for s in HOST}})
        self.folder: Folder = instance.prepare(root or Path(host.text("data")))
        snapshots.require_whole(self.folder)
        if not instance.is_served(self.folder):
            disk.begin(reserve=serving)
        self.demo = host.flag("demo")
        self.environ = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        self.journal = boot.Journal(self.folder.journal, serving=serving)
        safe = host.flag("safe_mode") or self.journal.wants_safe_mode
        allowed = {name for name in host.text("plugins").split(",") if name} or None
        if safe:
            self.environ["FAPIAO_SAFE_MODE"] = "1"
        self.watch = Watch(self.folder.root, "server" if serving else role).start()
        self.plugins: Plugins = loading.load(set() if safe else allowed, self.journal, self.watch)
        plugins.use(self.plugins)
        self.settings = Settings(self._declared(), environ)
        self._open_database()
        witness = self.settings.text("witness")
        self.signer = Signer(
            instance.signing_key(self.folder),
            Path(witness) if witness else self.folder.root / "witness.jsonl",
        )
        _current = self
        self._furnish()

    def _declared(self) -> list[Setting]:
        return [*HOST, *(s for manifest in self.plugins.manifests.values() for s in manifest.settings)]

    def _open_database(self) -> None:
        db.connect(self.folder.database)
        schema.migrate(db.system.obj, [("core", CODE / "core" / "migrations")])
        for name in self.plugins.order():
            folder = self.plugins.folders[name] / "migrations"
            if folder.is_dir():
                self.plugins.set_up(name, "migration", schema.migrate, db.system.obj, [(name, folder)])
        registry.begin(clock.boot())

    def _furnish(self) -> None:
        i18n.load([CODE / "core" / "en.po"])
        for name in self.plugins.working():
            texts = self.plugins.folders[name] / "data" / "en.po"
            if texts.exists():
                self.plugins.set_up(name, "start", i18n.load, [texts])
        for manifest in self.plugins.manifests.values():
            ledger.declare(dict(manifest.events))
        sets = [(name, rules) for name, given in self.plugins.provide("provide_rules") for rules in given]
        ways = self.plugins.provide("provide_channel")
        owners = {thing.name: name for name, thing in [*sets, *ways]}
        posting.furnish([rules for _, rules in sets], [way for _, way in ways], owners)
        granted = [("", permission) for permission in PERMISSIONS]
        granted += [(n, p) for n, given in self.plugins.provide("provide_permissions") for p in given]
        security.grant(granted)
        self.renderers: dict[str, tuple[str, Renderer]] = {}
        for name, given in self.plugins.provide("provide_renderers"):
            if any(self.renderers.get(r.format, (name, r))[0] != name for r in given):
                self.plugins.quarantine(name, "provide_renderers: another module draws that format")
            else:
                self.renderers |= {renderer.format: (name, renderer) for renderer in given}

    def secret(self, name: str) -> bytes:
        """A secret of this installation, made at its first use."""
        return instance.secret(self.folder, name)

    def panels(self) -> list[tuple[str, Panel]]:
        """Panels of the home page, in their order."""
        found = [(n, panel) for n, given in self.plugins.provide("provide_panels") for panel in given]
        return sorted(found, key=lambda item: item[1].order)

    def menu(self, endpoints: set[str]) -> list[tuple[str, MenuEntry]]:
        """Menu entries that lead somewhere, in their order, the host's own among them."""
        own = [("", MenuEntry("shell.home", "首页", "home", "signed-in", 0)),
               ("", MenuEntry("shell.modules", "模块", "plug", "modules.switch", 90))]  # fmt: skip
        found = [(n, entry) for n, given in self.plugins.provide("provide_menu") for entry in given]
        known = [item for item in [*own, *found] if item[1].endpoint in endpoints]
        return sorted(known, key=lambda item: item[1].order)

    def runner(self) -> Runner:
        """The workers of this house."""
        jobs: dict[str, tuple[str, Job]] = {
            job.kind: (name, job) for name, given in self.plugins.provide("provide_jobs") for job in given
        }
        return Runner(jobs, self.signer, self.settings.number("workers"))

    def companions(self) -> Companions:
        """The processes that plugins want beside a server of this house."""
        ours = self.plugins.bundled
        owners = {c.name: (n, c) for n, found in self.plugins.provide("provide_companions") for c in found}
        # Nobody waits for a stranger's: the start is not its to hold up.
        given = [c if name in ours else replace(c, ready=None) for name, c in owners.values()]

        def attempt(companion: Companion, step: Callable[[Companion], None]) -> None:
            owner = owners.get(companion.name)
            if owner is None or owner[0] in ours:
                step(companion)
            else:
                self.plugins.set_up(owner[0], "companion", step, companion)

        return Companions(given, self.folder, CODE, self.environ, attempt)

    @staticmethod
    def worker() -> Companion:
        """The process that works for a server of this house."""
        return Companion(WORKER, "core.work", lambda data: [data], follows=True)

    def settle(self, is_done: Callable[[], bool], seconds: float) -> bool:
        """Wait until work is done: by the server, where one runs, else by this very process."""
        if instance.is_served(self.folder):
            end = clock.steady() + seconds
            while not is_done() and clock.steady() < end:
                clock.sleep(0.1)
            return is_done()
        with instance.lock(self.folder), self.companions():
            runner = self.runner()
            runner.recover()
            return runner.drain(seconds, is_done)

    def at_company(self, wanted: str) -> AbstractContextManager[object]:
        """The scope of a company named by id, tax id or name; of the only one, if nothing is named.

        :raise StartError: there is none, or several to choose from.
        """
        found = [c for c in registry.companies() if not wanted or wanted in (c.id, c.tax_id, c.name)]
        if len(found) != 1:
            names = ", ".join(f"{c.tax_id} ({c.name})" for c in registry.companies()) or "none yet"
            raise StartError(f"say which company with --company: {names}")
        return scope.opened(found[0].id)

    @staticmethod
    def china_time(stamp: str) -> str:
        """A stored moment as people in China read it: `2026-11-24 18:30:05`."""
        if not stamp:
            return ""
        return datetime.fromisoformat(stamp).astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M:%S")

    @staticmethod
    def state_title(state: str) -> str:
        """A state's Chinese title."""
        return STATE_TITLES[State(state)]

    def close(self) -> None:
        """Close this thread's connections; the process writes no more."""
        global _current
        self.watch.stop()
        db.shut()
        disk.shut()
        _current = None


def current() -> House:
    """The open house.

    :raise RuntimeError: none is open.
    """
    if _current is None:
        raise RuntimeError("no house is open")
    return _current


def every_text() -> list[str]:
    """Sentences that the host itself says through tables: for the catalogue's completeness test."""
    return [*KINDS.values(), *STATE_TITLES.values()]
