"""Is installed in the books, and gone from the disk."""

# mypy: ignore-errors
# at: whole
# expect: off

x = 1
