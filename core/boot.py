"""The boot journal: what was being loaded when a start died, and the probe of plugins never seen before."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core import storage

PROBE_SECONDS = 10
BAD_STARTS = 3


class Journal:
    """Kept in one small file, written durably before and after each risky step.

    :param serving: only a server keeps it; a command beside a running server reads what that one found.
    """

    def __init__(self, path: Path, *, serving: bool = True) -> None:
        self._path = path
        self._serving = serving
        self._state: dict[str, Any] = {"loading": "", "known": {}, "quarantined": {}, "bad_starts": 0}
        if path.exists():
            try:
                self._state |= json.loads(path.read_text())
            except ValueError:
                self._state["bad_starts"] = BAD_STARTS
        if not serving:
            return
        if self._state["loading"]:
            # The last start died while it loaded this plugin.
            self._state["quarantined"][self._state["loading"]] = "the last start died while loading it"
            self._state["loading"] = ""
        self._state["bad_starts"] += 1
        self._save()

    @property
    def wants_safe_mode(self) -> bool:
        """Whether three starts in a row never got as far as serving."""
        return int(self._state["bad_starts"]) > BAD_STARTS

    def suspects(self, names: dict[str, str]) -> dict[str, str]:
        """Plugins not to load, with the reason; those whose files changed are probed in a child first."""
        prints = {name: _fingerprint(module) for name, module in names.items()}
        fresh = {n: m for n, m in names.items() if self._state["known"].get(n) != prints[n]}
        for name in fresh:
            self._state["quarantined"].pop(name, None)
        if fresh and _probe(list(fresh.values())):
            for name, module in fresh.items():
                problem = _probe([module])
                if problem:
                    self._state["quarantined"][name] = problem
        self._state["known"] |= {name: prints[name] for name in fresh}
        self._save()
        return {n: r for n, r in self._state["quarantined"].items() if n in names}

    @contextmanager
    def loading(self, name: str) -> Iterator[None]:
        """Around the import of one plugin: if the process dies inside, the next start leaves it out."""
        self._state["loading"] = name
        self._save()
        try:
            yield
        finally:
            # Whatever ends this start from here on, interrupts included, is not the plugin's doing.
            self._state["loading"] = ""
            self._save()

    def good(self) -> None:
        """The server serves: forget the bad starts."""
        self._state |= {"loading": "", "bad_starts": 0}
        self._save()

    def _save(self) -> None:
        if not self._serving:
            return
        storage.replace_durably(self._path, json.dumps(self._state, sort_keys=True).encode())


def _fingerprint(module: str) -> str:
    spec = find_spec(module.rpartition(".")[0] or module)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    files = sorted(folder.glob("*.py")) if folder else []
    text = "\n".join(f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _probe(modules: list[str]) -> str:
    """Import modules in a child process; what went wrong, or nothing."""
    code = "import importlib, sys; [importlib.import_module(m).PLUGIN for m in sys.argv[1:]]"
    roots = [path or "." for path in sys.path]
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *modules], capture_output=True, text=True, timeout=PROBE_SECONDS,
            env={"PYTHONPATH": ":".join(roots), "PYTHONDONTWRITEBYTECODE": "1"}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"importing it takes more than {PROBE_SECONDS} s"
    if done.returncode == 0:
        return ""
    lines = done.stderr.strip().splitlines()
    return f"importing it fails: {lines[-1] if lines else f'exit {done.returncode}'}"
