"""Settings: declared, typed, and checked before anything starts."""

from __future__ import annotations

import pytest

from core.errors import StartError
from core.settings import HOST, PREFIX, Setting, Settings, Value

DECLARED = (
    Setting("data", "fapiao-data", "数据目录"),
    Setting("port", 8000, "监听端口"),
    Setting("demo", False, "演示模式"),
    Setting("bureau.settle_seconds", 60, "等待秒数"),
)


def read(**environ: str) -> Settings:
    return Settings(DECLARED, {f"{PREFIX}{name}": value for name, value in environ.items()})


def test_defaults_hold_where_nothing_is_set() -> None:
    values = Settings(DECLARED, {"PATH": "/bin", "fapiao_port": "1", "XFAPIAO_PORT": "2"})
    assert dict(values) == {"data": "fapiao-data", "port": 8000, "demo": False, "bureau.settle_seconds": 60}
    assert len(values) == 4


def test_a_plugins_setting_has_its_variable() -> None:
    assert DECLARED[3].variable == "FAPIAO_BUREAU_SETTLE_SECONDS"
    assert read(BUREAU_SETTLE_SECONDS="5").number("bureau.settle_seconds") == 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        ("On", True),
        ("0", False),
        ("false", False),
        ("no", False),
        ("OFF", False),
    ],
)
def test_yes_and_no_in_any_spelling(text: str, value: bool) -> None:
    assert read(DEMO=text).flag("demo") is value


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-5", -5), (" 80 ", 80)])
def test_whole_numbers(text: str, value: int) -> None:
    assert read(PORT=text).number("port") == value


@pytest.mark.parametrize("text", ["", " ", "数据", "a=b", "1"])
def test_text_is_taken_as_it_is(text: str) -> None:
    assert read(DATA=text).text("data") == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", ""),
        ("PORT", "8e3"),
        ("PORT", "80.0"),
        ("PORT", "eighty"),
        ("DEMO", ""),
        ("DEMO", "maybe"),
        ("DEMO", "2"),
    ],
)
def test_a_value_of_another_type_stops_the_start_and_names_itself(name: str, text: str) -> None:
    with pytest.raises(StartError, match=f"FAPIAO_{name}={text!r}"):
        read(**{name: text})


@pytest.mark.parametrize("name", ["PROT", "port", "BUREAU_URL", ""])
def test_an_unknown_variable_stops_the_start_and_names_itself(name: str) -> None:
    with pytest.raises(StartError, match=f"FAPIAO_{name}: no such setting"):
        read(**{name: "1"})


def test_the_types_are_those_of_the_defaults() -> None:
    values = read(PORT="1", DEMO="1")
    found: list[tuple[Value, type]] = [(values[s.name], type(s.default)) for s in DECLARED]
    assert all(type(value) is kind for value, kind in found)
    assert (values.text("port"), values.flag("port")) == ("1", True)


def test_a_setting_that_is_not_declared_is_no_setting() -> None:
    with pytest.raises(KeyError):
        read().text("colour")


def test_the_hosts_own_settings_have_names_and_help() -> None:
    assert len({setting.variable for setting in HOST}) == len(HOST)
    assert all(setting.help and "." not in setting.name for setting in HOST)
    assert Settings(HOST, {}).number("port") == 8000
