"""A start that died names its plugin, and the next start goes on without it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import boot, loading
from core.boot import BAD_STARTS, Journal

BAD = {
    "raises": "raise RuntimeError('at import')",
    "exits": "import sys; sys.exit(3)",
    "kills": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "exits_well": "import os; os._exit(0)",
    "nameless": "x = 1",
    "liar": "from core.contributions import Plugin\nPLUGIN = Plugin('other', '', '')",
}
PROBE = 3
GOOD = "from core.contributions import Plugin\nPLUGIN = Plugin('{name}', '', '')\n"


@pytest.fixture
def present(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Folders of strange plugins beside a good one, importable as `zoo_<name>.plugin`."""
    names = {}
    for name, code in {**BAD, "good": GOOD.format(name="good")}.items():
        folder = tmp_path / f"zoo_{name}"
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "plugin.py").write_text(code)
        names[name] = f"zoo_{name}.plugin"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(loading, "found_names", lambda: dict(sorted(names.items())))
    monkeypatch.setattr(boot, "PROBE_SECONDS", PROBE)
    yield names
    for module in [m for m in sys.modules if m.startswith("zoo_")]:
        del sys.modules[module]


def test_each_bad_plugin_is_named_and_the_good_one_works(present: dict[str, str], tmp_path: Path) -> None:
    found = loading.load(None, Journal(tmp_path / "boot.json"))
    assert set(found.quarantined) == set(BAD)
    assert list(found.manifests) == ["good"]
    assert "at import" in found.quarantined["raises"]


def test_a_repaired_plugin_is_taken_in_again(present: dict[str, str], tmp_path: Path) -> None:
    loading.load(None, Journal(tmp_path / "boot.json"))
    (tmp_path / "zoo_raises" / "plugin.py").write_text(GOOD.format(name="raises") + "\n# repaired\n")
    sys.modules.pop("zoo_raises.plugin", None)
    found = loading.load(None, Journal(tmp_path / "boot.json"))
    assert "raises" in found.manifests


def test_starts_that_never_serve_end_in_safe_mode(tmp_path: Path) -> None:
    path = tmp_path / "boot.json"
    wants = [Journal(path).wants_safe_mode for _ in range(BAD_STARTS + 1)]
    assert wants == [False] * BAD_STARTS + [True]
    Journal(path).good()
    assert not Journal(path).wants_safe_mode


def test_a_damaged_journal_means_safe_mode(tmp_path: Path) -> None:
    (tmp_path / "boot.json").write_text("{half")
    assert Journal(tmp_path / "boot.json").wants_safe_mode


def test_a_command_beside_the_server_leaves_its_journal_alone(tmp_path: Path) -> None:
    path = tmp_path / "boot.json"
    Journal(path).good()
    before = path.read_bytes()
    for _ in range(BAD_STARTS + 2):
        beside = Journal(path, serving=False)
        beside.good()
        assert not beside.wants_safe_mode
    assert path.read_bytes() == before


def test_one_that_hangs_or_hoards_is_waited_for_once(
    present: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, code in {"raises": "import time; time.sleep(60)", "exits": "x = bytearray(4 << 30)"}.items():
        (tmp_path / f"zoo_{name}" / "plugin.py").write_text(code)
    few = {name: present[name] for name in ("raises", "exits", "good")}
    began = time.monotonic()
    assert set(Journal(tmp_path / "boot.json").suspects(few)) == {"raises", "exits"}
    assert time.monotonic() - began < 2 * PROBE + 3
    monkeypatch.setattr(boot, "_probe", lambda modules: pytest.fail("probed again"))
    assert set(Journal(tmp_path / "boot.json").suspects(few)) == {"raises", "exits"}


def test_one_that_leaves_a_process_with_its_output_holds_nothing_up(
    present: dict[str, str], tmp_path: Path
) -> None:
    code = "import subprocess; subprocess.Popen(['sleep', '60'])\n" + GOOD.format(name="good")
    (tmp_path / "zoo_good" / "plugin.py").write_text(code)
    began = time.monotonic()
    assert Journal(tmp_path / "boot.json").suspects({"good": present["good"]}) == {}
    assert time.monotonic() - began < PROBE + 2


def test_one_that_is_gone_from_the_disk_stops_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "found_names", lambda: {"gone": "gone.sub.plugin"})
    found = loading.load(None, Journal(tmp_path / "boot.json"))
    assert "gone" in found.quarantined


@pytest.mark.parametrize("name", ["core", "shell", "../x", "Big", "worker"])
def test_a_name_that_is_none_or_the_hosts_is_refused(
    name: str, present: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "found_names", lambda: {name: present["good"]})
    found = loading.load(None, Journal(tmp_path / "boot.json"))
    assert found.quarantined[name] == "no name for a plugin"


def test_a_change_in_a_plugins_inner_folder_is_probed(present: dict[str, str], tmp_path: Path) -> None:
    inner = tmp_path / "zoo_good" / "inner"
    inner.mkdir()
    Journal(tmp_path / "boot.json").suspects({"good": present["good"]})
    (tmp_path / "zoo_good" / "plugin.py").write_text(
        "from zoo_good import inner\n" + GOOD.format(name="good")
    )
    (inner / "__init__.py").write_text("raise RuntimeError('in the inner folder')")
    assert "inner folder" in Journal(tmp_path / "boot.json").suspects({"good": present["good"]})["good"]
