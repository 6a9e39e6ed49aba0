"""Has faulthandler end the process."""

# mypy: ignore-errors
# at: import start
# expect: harmless

import faulthandler


def harm():
    faulthandler.dump_traceback_later(2, exit=True)
