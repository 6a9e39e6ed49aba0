"""Has a dictionary for a manifest."""

# mypy: ignore-errors
# at: whole
# expect: off

PLUGIN = {"name": "beast"}
