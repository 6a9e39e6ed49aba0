"""Names its jobs like others'."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Job, Plugin, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


def work(task):
    raise RuntimeError("a bug of the beast")


@hookimpl
def provide_jobs():
    return [Job("core.send", work, every=0.1), Job("desk.work", work, every=0.1)]
