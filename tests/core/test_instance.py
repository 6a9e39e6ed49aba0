"""The data folder: tried before it is used, and for one server at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from core import instance
from core.errors import StartError

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /srv rw,relatime shared:1 - nfs4 server:/export rw
31 30 0:41 / /srv/local\\040disk rw,relatime - xfs /dev/vdb rw
32 22 0:42 / /home/me/remote rw - fuse.sshfs me@there: rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/data", "ext4"), ("/srv/fapiao", "nfs4"), ("/srv/local disk/fapiao", "xfs"),
     ("/home/me/remote/x", "fuse.sshfs"), ("/srvx", "ext4")],
)  # fmt: skip
def test_the_file_system_of_a_folder_is_known(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert instance.file_system(Path(folder), mounts) == kind


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs", "fuseblk"])
def test_a_network_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(instance, "file_system", lambda *_: kind)
    with pytest.raises(StartError, match="local disk"):
        instance.prepare(tmp_path)


def test_a_disk_whose_locks_exclude_nobody_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    with pytest.raises(StartError, match="two at once"):
        instance.prepare(tmp_path)


def test_a_disk_that_forgets_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", lambda old, new: Path(new).write_bytes(b"other"))
    with pytest.raises(StartError, match="give back"):
        instance.prepare(tmp_path)


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    folder = instance.prepare(tmp_path)
    with instance.lock(folder), pytest.raises(StartError, match="already uses"):
        instance.lock(folder)
    assert not instance.is_served(folder)


def test_asking_whether_it_is_served_never_stands_in_a_servers_way(tmp_path: Path) -> None:
    folder = instance.prepare(tmp_path)
    instance.lock(folder).close()
    for _ in range(50):
        assert not instance.is_served(folder)
        instance.lock(folder).close()
