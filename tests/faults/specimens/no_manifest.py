"""Has no manifest."""

# mypy: ignore-errors
# at: whole
# expect: off

x = 1
