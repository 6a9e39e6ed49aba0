"""Snapshots prove themselves; a restore puts one back whole, or says why not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core import clock, db, ledger, posting, scope, snapshots, storage
from core.contributions import Actor
from core.errors import StartError
from core.house import House
from core.snapshots import Manifest
from core.sqlite import House as Database
from tests.conftest import OpenHouse
from tests.factories import draft
from tests.proof import invariants
from tests.proof.record import Record
from tests.puppet import PuppetChannel


def nothing(_link: Database, _manifest: Manifest) -> None:
    return


@pytest.fixture
def taken(bare: House, channel: PuppetChannel, actor: Actor, tmp_path: Path) -> Path:
    """A snapshot of three issued documents."""
    for number in range(3):
        posting.post(draft(source_ref=f"S-{number}"), f"k{number}", actor)
    assert bare.runner().drain(20)
    bare.runner().checkpoint_all()
    snapshots.take(bare.folder, tmp_path / "snapshot")
    return tmp_path / "snapshot"


def test_a_snapshot_holds_everything(bare: House, taken: Path, company: str) -> None:
    manifest = snapshots.read(taken)
    assert snapshots.check(taken) == []
    assert manifest.ledgers[company][0] == ledger.size()
    assert len(list((taken / "originals").glob("*/*"))) == manifest.originals == 1
    assert not list(taken.glob("fapiao.db-*"))


def test_what_is_put_back_is_the_same(bare: House, taken: Path, company: str, tmp_path: Path,
                                      open_house: OpenHouse) -> None:  # fmt: skip
    before = Record(bare.folder.root)
    bare.close()
    other = tmp_path / "other"
    folder = open_house("none", root=other).folder
    db.shut()
    aside = snapshots.put_back(taken, folder, nothing)
    assert aside is not None
    assert (aside / "fapiao.db").exists(), "the state before is moved, never deleted"
    shutil.copy(bare.folder.root / "witness.jsonl", other)
    after = Record(other)
    assert invariants.portable(before, after) == []
    assert {k: v for k, v in invariants.sound(after).items() if v} == {}


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a bit of the database": lambda s: flip(s / "fapiao.db", 5000),
    "an original": lambda s: flip(next((s / "originals").glob("*/*")), 1),
    "an original gone": lambda s: next((s / "originals").glob("*/*")).unlink(),
    "the database gone": lambda s: (s / "fapiao.db").unlink(),
    "the manifest's root": lambda s: change(s, lambda m: m["ledgers"].update(
        {c: [n, "0" * 64] for c, (n, _) in m["ledgers"].items()})),
}  # fmt: skip


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1
    path.write_bytes(content)


def change(snapshot: Path, edit: object) -> None:
    assert callable(edit)
    found = json.loads((snapshot / "manifest.json").read_text())
    edit(found)
    (snapshot / "manifest.json").write_text(json.dumps(found))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_snapshot_is_not_put_back(bare: House, taken: Path, damage: str) -> None:
    DAMAGES[damage](taken)
    assert snapshots.check(taken)
    with pytest.raises(StartError, match="not put back"):
        snapshots.put_back(taken, bare.folder, nothing)
    assert not (bare.folder.root / snapshots.MARK).exists()


def test_no_snapshot_without_its_manifest(taken: Path) -> None:
    (taken / "manifest.json").write_text("{}")
    with pytest.raises(StartError, match="manifest"):
        snapshots.check(taken)


def test_a_restore_broken_off_is_run_again_before_anything_else(
    bare: House, taken: Path, open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bare.folder
    bare.close()

    def breaks(_link: Database, _manifest: Manifest) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        snapshots.put_back(taken, folder, breaks)
    with pytest.raises(StartError, match="broken off"):
        open_house("none", root=folder.root)
    storage.open_at(*folder.originals)
    snapshots.put_back(taken, folder, nothing)
    reopened = open_house("none", root=folder.root)
    assert {k: v for k, v in invariants.sound(Record(reopened.folder.root)).items() if v} == {}


def test_a_snapshot_is_taken_while_work_goes_on(
    bare: House, channel: PuppetChannel, actor: Actor, company: str, tmp_path: Path
) -> None:
    with scope.opened(company, actor.user):
        for number in range(30):
            posting.post(draft(source_ref=f"W-{number}"), f"w{number}", actor)
            if number % 10 == 5:
                snapshots.take(bare.folder, tmp_path / f"live-{number}")
    sizes = [snapshots.read(tmp_path / f"live-{number}").ledgers[company][0] for number in (5, 15, 25)]
    assert sizes == sorted(sizes)
    assert all(snapshots.check(tmp_path / f"live-{number}") == [] for number in (5, 15, 25))


def test_another_installations_folder_keeps_its_key(bare: House, taken: Path, open_house: OpenHouse,
                                                    tmp_path: Path) -> None:  # fmt: skip
    foreign = open_house("none", root=tmp_path / "foreign").folder
    with pytest.raises(StartError, match="another installation"):
        snapshots.bring_keys(taken, foreign)


def test_the_time_is_the_houses(taken: Path) -> None:
    assert snapshots.read(taken).taken_at[:10] == clock.stamp()[:10]
