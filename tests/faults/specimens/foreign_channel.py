"""Names its channel like another's."""

# mypy: ignore-errors
# at: whole
# expect: off

from core.api import Plugin, channels, hookimpl

PLUGIN = Plugin("beast", "标本", "动物园里的标本")


class Way:
    name, title = "desk", "标本"
    caps = channels.ChannelCaps(True, "strong", 1.0, asynchronous=True, ask_after=0.1, batch=20)

    def submit(self, company, orders):
        return []

    query = submit

    def listing(self, company, since, until):
        return []


@hookimpl
def provide_channel():
    return Way()
