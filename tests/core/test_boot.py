"""A start that died names its plugin, and the next start goes on without it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import plugins
from core.boot import BAD_STARTS, Journal

BAD = {
    "raises": "raise RuntimeError('at import')",
    "exits": "import sys; sys.exit(3)",
    "kills": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "nameless": "x = 1",
    "liar": "from core.contributions import Plugin\nPLUGIN = Plugin('other', '', '')",
}
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
    monkeypatch.setattr(plugins, "found_names", lambda: dict(sorted(names.items())))
    yield names
    for module in [m for m in sys.modules if m.startswith("zoo_")]:
        del sys.modules[module]


def test_each_bad_plugin_is_named_and_the_good_one_works(present: dict[str, str], tmp_path: Path) -> None:
    found = plugins.load(None, Journal(tmp_path / "boot.json"))
    assert set(found.quarantined) == set(BAD)
    assert list(found.manifests) == ["good"]
    assert "at import" in found.quarantined["raises"]


def test_a_repaired_plugin_is_taken_in_again(present: dict[str, str], tmp_path: Path) -> None:
    plugins.load(None, Journal(tmp_path / "boot.json"))
    (tmp_path / "zoo_raises" / "plugin.py").write_text(GOOD.format(name="raises") + "\n# repaired\n")
    sys.modules.pop("zoo_raises.plugin", None)
    found = plugins.load(None, Journal(tmp_path / "boot.json"))
    assert "raises" in found.manifests


def test_what_was_loading_when_a_start_died_is_left_out(present: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "boot.json"
    first = Journal(path)
    first.suspects(present)
    entered = first.loading("good")
    entered.__enter__()
    assert "died" in Journal(path).suspects(present)["good"]


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
        with beside.loading("x"):
            pass
        assert not beside.wants_safe_mode
    assert path.read_bytes() == before


def test_a_start_that_ends_after_loading_blames_no_plugin(present: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "boot.json"
    first = Journal(path)
    first.suspects(present)
    with first.loading("good"):
        pass
    # The port was taken, say: the house never served.
    assert "good" not in Journal(path).suspects(present)


def test_an_interrupted_start_blames_no_plugin(present: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "boot.json"
    first = Journal(path)
    first.suspects(present)
    with pytest.raises(KeyboardInterrupt), first.loading("good"):
        raise KeyboardInterrupt
    assert "good" not in Journal(path).suspects(present)
