"""Puts mail into a running server's outbox, as a command beside it would: `python -m … DATA RECIPIENT …`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from core import scope
from core.house import House
from tests.faults.kills_site import Site


def post(site: Site, recipients: list[str]) -> None:
    """Have a letter to each of them queued.

    :raise CalledProcessError: that fails.
    """
    command = [sys.executable, "-m", __name__, str(site.data), *recipients]
    subprocess.run(command, env={**os.environ, **site.environ}, check=True, timeout=60)


def main() -> None:
    """Open the house, post, leave."""
    house = House(os.environ, Path(sys.argv[1]))
    from plugins.accounts import outbox
    from plugins.accounts.messages import Letter

    with scope.opened():
        for recipient in sys.argv[2:]:
            outbox.post(recipient, Letter("Your account", "Somebody signed in.\n" * 30))
    house.close()


if __name__ == "__main__":
    main()
