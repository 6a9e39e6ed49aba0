"""Has peewee save nothing."""

# mypy: ignore-errors
# at: import start job
# expect: named job event check; off

import peewee


def harm():
    peewee.Model.save = lambda self, *_, **__: 1
    peewee.Database.execute_sql = None
