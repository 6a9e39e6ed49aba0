"""Row S12: unfit secrets stop the start, no demo comes by itself, and no secret is found where none must be.

The second half is a tour of a real server: people register, mistype, forget and change passwords, mail fails,
pages break; then everything that was written, and everything its processes were given, is searched for two
hundred secrets that were planted on the way.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from core import instance
from core.app import create_app
from core.errors import StartError
from core.house import House
from tests.contract.test_wheel import free_port
from tests.hostile.browser import Browser
from tests.hostile.mailhouse import mailhouse
from tests.hostile.tour import SERVE, Planted, environ, serving, tour
from tests.hostile.world import QUICK
from tests.proof.invariants import isolated
from tests.proof.row import Job, Tally

KEYS = ("session.key", "ledger.key", "accounts.pepper")
"""Secrets that every start uses."""

_SPOILT: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "short": lambda path: path.write_bytes(b"0123456789abcdef"),
    "blank": lambda path: path.write_bytes(b" " * 64),
    "one character": lambda path: path.write_bytes(b"a" * 64),
    "an example": lambda path: path.write_bytes(b"changeme" * 8),
    "zeros": lambda path: path.write_bytes(b"0" * 64),
    "read by all": lambda path: path.chmod(0o644),
    "read by the group": lambda path: path.chmod(0o640),
    "written by all": lambda path: path.chmod(0o602),
}


def refusals(job: Job, tally: Tally) -> None:
    """Each unfit secret: the start is refused, in one line that names the file."""
    good = job.folder / "good"
    _open(good)
    for key in KEYS:
        for name, spoil in _SPOILT.items():
            root = job.folder / "spoilt"
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(good, root)
            spoil(root / "keys" / key)
            tally.case(f"{key}: {name}", {"I18": _refused(root, key)})


def _open(root: Path) -> None:
    root.mkdir(exist_ok=True)
    house = House(QUICK, root)
    try:
        create_app(house)
        for reason in house.plugins.quarantined.values():  # a module's own secret: it is left out, and named
            raise StartError(reason)
    finally:
        house.close()


def _refused(root: Path, key: str) -> list[str]:
    try:
        _open(root)
    except StartError as error:
        return [] if key in str(error) and "\n" not in str(error) else [f"it does not name {key}: {error}"]
    except (ValueError, TypeError, OSError, RuntimeError, LookupError) as error:
        return [f"no StartError: {error!r}"]
    return ["the start went through"]


def searched(root: Path, planted: Planted, allowed: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Secrets found in anything that was written, by file."""
    found = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file() and "keys" not in path.parts):
        content = path.read_bytes()
        named = {name: text for name, text in planted.all.items()
                 if not name.startswith(allowed.get(path.name, ()))}  # fmt: skip
        hits = [name for name, text in named.items() if text.encode() in content]
        found[str(path.relative_to(root))] = [f"{path.name} holds: {name}" for name in hits]
    return found


def processes(server: int, planted: Mapping[str, str], worker_may: tuple[str, ...]) -> list[str]:
    """Secrets in the arguments or the environment of the server's processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(") ")[2].split()[1])
            if server not in (parent, int(path.name)):
                continue
            said, given = (path / "cmdline").read_bytes(), (path / "environ").read_bytes()
        except (OSError, ValueError):
            continue
        mine = int(path.name) == server or b"core.work" in said
        title = said.replace(b"\0", b" ").decode(errors="replace")[:80]
        for name, text in planted.items():
            if text.encode() in said:
                found.append(f"the process list shows {name}: {title}")
            if text.encode() in given and not (mine and name.startswith(worker_may)):
                found.append(f"{title} was given {name}")
    return found


def open_to_all(root: Path) -> list[str]:
    """Files of the data folder that others of the machine could read."""
    if not root.stat().st_mode & 0o007:
        return []
    return [f"{path.relative_to(root)} is readable by everybody" for path in sorted(root.rglob("*"))
            if path.is_file() and path.stat().st_mode & 0o004]  # fmt: skip


def demo_people_are_shut_out(job: Job) -> list[str]:
    """A folder that was a demo once, served as no demo: its people with the known password do not get in."""
    root = job.folder / "once-a-demo"
    root.mkdir()
    found = []
    with mailhouse() as mail:
        for more, wanted in (((), 422), (("--demo",), 303), ((), 422)):
            port = free_port()
            given = {**environ(mail, "x", port), "FAPIAO_BUREAU_DELAY_MS": "1"}
            with serving(root, given, *more):
                browser = Browser(port)
                form = {"login": "owner@demo.fapiao", "password": "Fapiao-demo-1"}
                status, box = browser.post("/accounts/sign-in", form), browser.get("/accounts/mailbox")
                told = "demo.fapiao" in "".join(browser.seen[:1])
            if status != wanted or (box == 200) != bool(more) or told != bool(more):
                found.append(f"serve {more}: demo sign-in {status}, mailbox {box}, told {told}")
    return found


PLANTED = ("passwords are kept as they are", "a secret's rights are not looked at")

_WRAPPER = """
import sys
from plugins.accounts import service
kept = service._fill
def fill(user, email, wanted, password):
    made = kept(user, email, wanted, password)
    type(made).update(mobile=wanted.password).where(type(made).id == made.id).execute()
    return made
service._fill = fill
from core.cli import main
main()
"""


def run(job: Job) -> Tally:
    """The refusals; then a tour with `size` planted secrets; then the demo's accounts without the demo."""
    tally, random = Tally(job), Random(job.seed)
    with ExitStack() as stack:
        if job.plant == PLANTED[1]:
            stack.enter_context(_blind())
        if job.plant != PLANTED[0]:
            refusals(job, tally)
        _tour(job, tally, stack, Planted(random))
    if not job.plant:
        tally.case("a folder that was a demo", {"I18": demo_people_are_shut_out(job)})
    return tally


@contextmanager
def _blind() -> Iterator[None]:
    kept = instance.secret

    def secret(folder: instance.Folder, name: str) -> bytes:
        if (folder.keys / name).exists():
            (folder.keys / name).chmod(0o600)
        return kept(folder, name)

    instance.secret = secret
    try:
        yield
    finally:
        instance.secret = kept


def _tour(job: Job, tally: Tally, stack: ExitStack, planted: Planted) -> None:
    root = job.folder / "tour"
    root.mkdir()
    mail, port = stack.enter_context(mailhouse()), free_port()
    given = environ(mail, planted.new("mail password"), port)
    people = max(1, (job.size - 10) // 5)
    program = ("-c", _WRAPPER) if job.plant == PLANTED[0] else SERVE
    with serving(root, given, program=program) as server:
        browsers = tour(port, mail, planted, people)
        running = processes(server.pid, planted.all, ("mail password",))
        pages = {name: text for browser in browsers for name, text in _cookies(browser)}
        shown = [page for browser in browsers for page in browser.seen]
    tally.case("the processes", {"I9": running})
    for path in sorted((root / "data" / "keys").iterdir()):
        planted.all[f"key {path.name}"] = path.read_text().strip()
    planted.all |= pages
    _search(root, tally, planted, shown)


def _cookies(browser: Browser) -> list[tuple[str, str]]:
    return [(f"cookie {number}", text) for number, text in enumerate(sorted(browser.past)) if len(text) > 20]


def _search(root: Path, tally: Tally, planted: Planted, shown: list[str]) -> None:
    files = searched(root, planted, {})
    for name, hits in files.items():
        tally.case(f"file {name}", {"I9": hits})
    whole = "\n".join(shown)
    for name, text in planted.all.items():
        # A name is shown again to who typed it, a link leads to its own form, and a key is scanned once.
        own = name.startswith(("typed as name", "made-up link", "link of", "query", "second step", "cookie"))
        tally.case(f"pages: {name}", {"I9": [] if own else isolated(whole, [text], "a page")})
    with closing(sqlite3.connect(root / "data" / "fapiao.db")) as link:
        rows: list[tuple[Any, ...]] = link.execute("SELECT password FROM accounts_user").fetchall()
    plain = [
        f"{str(row[0])[:20]} is no hash" for row in rows if row[0] and not row[0].startswith("$argon2id$")
    ]
    tally.case("the users' passwords", {"I9": plain})
    tally.case("the folder's rights", {"I9": open_to_all(root / "data")})
    tally.measured |= {"secrets": len(planted.all), "files searched": len(files), "users": len(rows)}
