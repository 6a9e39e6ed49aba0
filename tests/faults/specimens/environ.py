"""Changes the environment."""

# mypy: ignore-errors
# at: start job
# expect: named job event check; off

import os


def harm():
    os.environ["TZ"] = "Mars/Olympus"
    os.environ["FAPIAO_WORKERS"] = "0"
    os.environ.pop("PATH", None)
