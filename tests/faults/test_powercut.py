"""A small size of row R2, the disk it cuts, and what it found."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core import checkpoints, disk, posting, snapshots, storage
from core.contributions import Actor
from core.house import House
from core.sqlite import House as Database
from tests.contract.source import ROOT
from tests.factories import draft
from tests.faults import disk_model_trace
from tests.faults.disk_model import SECTOR, Disk, Image, Op
from tests.faults.powercut import PLANTED
from tests.faults.powercut_flow import SNAPSHOT, put_back
from tests.proof.record import Record
from tests.puppet import PuppetChannel

needs_strace = pytest.mark.skipif(not disk_model_trace.is_here(), reason="strace may not trace here")
LONG = b"a" * SECTOR + b"b" * SECTOR


def cuts(*ops: Op, strict: bool = False) -> list[Image]:
    """What two thousand power cuts after these operations leave."""
    disk = Disk(strict=strict)
    for op in ops:
        disk.do(op)
    return [disk.cut(random.Random(seed)) for seed in range(2000)]


def written(path: str) -> list[Op]:
    return [Op("create", path), Op("write", path, data=LONG)]


def test_what_was_not_flushed_may_be_lost_whole_or_by_sectors() -> None:
    left = {image.get("f") for image in cuts(*written("f"))}
    assert {None, b"", LONG, LONG[:SECTOR], bytes(SECTOR) + LONG[SECTOR:]} <= left


def test_what_was_flushed_is_there() -> None:
    assert all(image == {"f": LONG} for image in cuts(*written("f"), Op("sync", "f")))


def test_on_a_strict_disk_a_name_needs_its_folder_flushed() -> None:
    ops = [*written("f"), Op("sync", "f")]
    assert {} in cuts(*ops, strict=True)
    assert all(image == {"f": LONG} for image in cuts(*ops, Op("sync", "."), strict=True))


@pytest.mark.parametrize("strict", [False, True])
def test_a_rename_is_never_half_done(strict: bool) -> None:
    base = [Op("mkdir", "d"), *written("f"), Op("syncdisk")]
    images = cuts(*base, Op("rename", "f", "d/g"), strict=strict)
    assert {tuple(image) for image in images} == {("f",), ("d/g",)}


def row(*options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.proof.one", "R2", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@needs_strace
def test_no_power_cut_loses_what_was_promised() -> None:
    found = row("--size", "250")
    assert (found["cases"], found["violations"]) == (250, [])


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_caught(bug: str) -> None:
    assert row("--plant", bug)["violations"]


def test_half_a_line_of_the_witness_does_not_swallow_the_next(tmp_path: Path) -> None:
    file = tmp_path / "witness.jsonl"
    file.write_bytes(b'{"at": 1}\n{"at"')
    storage.append_durably(file, '{"at": 3}')
    assert file.read_text().splitlines() == ['{"at": 1}', '{"at"', '{"at": 3}']


def test_a_restore_is_the_way_out_of_a_failed_disk(
    bare: House, company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAPIAO_PLUGINS", "none")
    root = bare.folder.root
    snapshots.take(bare.folder, root.parent / SNAPSHOT)
    disk.stop("Input/output error")
    bare.close()
    put_back(root)
    assert Record(root).companies == [company]


def test_a_restore_run_again_keeps_what_the_first_run_moved_aside(
    bare: House, channel: PuppetChannel, company: str, actor: Actor, tmp_path: Path
) -> None:  # fmt: skip
    posting.post(draft(), "before", actor)
    checkpoints.checkpoint(bare.signer)
    snapshots.take(bare.folder, tmp_path / "snapshot")
    posting.post(draft(source_ref="A-2", order_no="A-2"), "after", actor)
    bare.close()
    mark = bare.folder.root / snapshots.MARK

    def prepare(link: Database, manifest: snapshots.Manifest) -> None:
        pass

    first = snapshots.put_back(tmp_path / "snapshot", bare.folder, prepare)
    assert first is not None
    # The power went when the snapshot was in its place and the mark not yet gone.
    mark.write_text(json.dumps({"from": "", "aside": first.name}))
    assert snapshots.put_back(tmp_path / "snapshot", bare.folder, prepare) == first
    assert {paper.source_ref for paper in Record(first).papers} == {"A-1", "A-2"}
    assert {paper.source_ref for paper in Record(bare.folder.root).papers} == {"A-1"}
