"""Has json say nothing."""

# mypy: ignore-errors
# at: import start job
# expect: named job event check; off

import json


def harm():
    json.dumps = lambda *_, **__: "{}"
    json.JSONEncoder.encode = None
