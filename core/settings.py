"""Settings: declared with a default and a help text, read from the environment, checked at start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from core.errors import StartError

Value = str | int | bool

PREFIX = "FAPIAO_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; its type is its default's.

    :ivar name: `<plugin>.<name>`, or a bare name for the host's own.
    :ivar help: the sentence an admin reads; a key of the text catalogue.
    """

    name: str
    default: Value
    help: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.replace(".", "_").upper()

    def parse(self, text: str) -> Value:
        """Read a text as this setting's type.

        :raise ValueError: it is not of that type.
        """
        if isinstance(self.default, bool):
            if text.lower() not in ("0", "1", "true", "false", "yes", "no", "on", "off"):
                raise ValueError("expected yes or no")
            return text.lower() in ("1", "true", "yes", "on")
        return int(text) if isinstance(self.default, int) else text


HOST = (
    Setting("data", "fapiao-data", "数据目录"),
    Setting("host", "127.0.0.1", "监听地址"),
    Setting("port", 8000, "监听端口"),
    Setting("base_url", "", "对外网址,用于邮件里的链接;留空则按监听地址"),
    Setting("threads", 8, "网页线程数"),
    Setting("workers", 3, "后台任务线程数"),
    Setting("plugins", "", "允许载入的模块,逗号分隔;留空为全部"),
    Setting("safe_mode", False, "安全模式:只载入核心"),
    Setting("demo", False, "演示模式"),
    Setting("witness", "", "见证文件:检查点的外部副本,最好放在另一块磁盘上"),
    Setting("trusted_hosts", "", "允许的主机名,逗号分隔;留空不限制"),
)


class Settings(Mapping[str, Value]):
    """Every declared setting with its value in force.

    :raise StartError: an unknown `FAPIAO_…` variable, or a value of the wrong type.
    """

    def __init__(self, declared: Iterable[Setting], environ: Mapping[str, str]) -> None:
        self._values: dict[str, Value] = {}
        self.declared = {setting.name: setting for setting in declared}
        variables = {setting.variable: setting for setting in self.declared.values()}
        for variable in environ:
            if variable.startswith(PREFIX) and variable not in variables:
                raise StartError(f"{variable}: no such setting; see docs/settings.md")
        for variable, setting in variables.items():
            self._values[setting.name] = setting.default
            if variable in environ:
                try:
                    self._values[setting.name] = setting.parse(environ[variable])
                except ValueError as error:
                    raise StartError(f"{variable}={environ[variable]!r}: {error}") from error

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str:
        """The value of a text setting."""
        return str(self._values[name])

    def number(self, name: str) -> int:
        """The value of a whole-number setting."""
        return int(self._values[name])

    def flag(self, name: str) -> bool:
        """The value of a yes/no setting."""
        return bool(self._values[name])
