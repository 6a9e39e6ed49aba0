"""The boot journal: what was being loaded when a start died, and the probe of plugins never seen before."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core import storage

PROBE_SECONDS = 5
PROBE_BYTES = 2 << 30
BAD_STARTS = 3
_CODE = """
import importlib, os, resource, sys
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
for module in sys.argv[2:]:
    importlib.import_module(module).PLUGIN
    print(module, file=out, flush=True)
"""


class Journal:
    """Kept in one small file, written durably before and after each risky step.

    :param serving: only a server keeps it; a command beside a running server reads what that one found.
    """

    def __init__(self, path: Path, *, serving: bool = True) -> None:
        self._path = path
        self._serving = serving
        self._state: dict[str, Any] = {"known": {}, "quarantined": {}, "bad_starts": 0}
        if path.exists():
            try:
                self._state |= json.loads(path.read_text())
            except ValueError:
                self._state["bad_starts"] = BAD_STARTS
        if not serving:
            return
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
        left = list(fresh)
        while left:
            sound, problem = _probe([fresh[name] for name in left])
            if len(sound) < len(left):
                self._state["quarantined"][left[len(sound)]] = problem
            left = left[len(sound) + 1 :]
        self._state["known"] |= {name: prints[name] for name in fresh}
        self._save()
        return {n: r for n, r in self._state["quarantined"].items() if n in names}

    def good(self) -> None:
        """The server serves: forget the bad starts."""
        self._state["bad_starts"] = 0
        self._save()

    def _save(self) -> None:
        if not self._serving:
            return
        storage.replace_durably(self._path, json.dumps(self._state, sort_keys=True).encode())


def _fingerprint(module: str) -> str:
    # Only the outermost package is looked for: looking for an inner one would already import.
    top, *inner = module.split(".")
    spec = find_spec(top)
    roots = list(spec.submodule_search_locations or ()) if spec else []
    folder = Path(roots[0], *inner[:-1]) if roots else None
    files = sorted(folder.rglob("*.py")) if folder else [Path(spec.origin)] if spec and spec.origin else []
    text = "\n".join(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _probe(modules: list[str]) -> tuple[list[str], str]:
    """Import modules in a child process; those that went well, and what is wrong with the next one."""
    said = tempfile.TemporaryFile()  # noqa: SIM115
    child = subprocess.Popen(
        [sys.executable, "-c", _CODE, str(PROBE_BYTES), *modules], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=said, start_new_session=True,
        env={"PYTHONPATH": os.pathsep.join(path or "." for path in sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    problem, limit = "", PROBE_SECONDS + len(modules) // 4
    try:
        out, _ = child.communicate(timeout=limit)
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
        problem = f"importing it fails: {lines[-1] if lines else f'exit {child.returncode}'}"
    except subprocess.TimeoutExpired as late:
        out, problem = late.stdout or b"", f"importing it takes more than {limit} s"
    finally:
        # Whatever it started ends with it, and a pipe that is still held by that is not waited for.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        said.close()
        if child.stdout:
            child.stdout.close()
    return [module for module in modules if module.encode() in out.splitlines()], problem
