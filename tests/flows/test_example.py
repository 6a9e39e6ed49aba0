"""The example of docs/writing-a-plugin.md works as printed, installed as a stranger would install it."""

from __future__ import annotations

import importlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import clock, posting
from core.contributions import Actor
from core.house import House
from tests.contract.source import ROOT
from tests.factories import draft
from tests.puppet import PuppetChannel


@pytest.mark.parametrize(("day", "warned"), [(28, True), (29, True), (27, False)])
def test_the_printed_plugin_warns_at_the_weekend(
    bare: House, channel: PuppetChannel, actor: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    day: int, warned: bool,
) -> None:  # fmt: skip
    text = (ROOT / "docs" / "writing-a-plugin.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    name = f"fapiao_weekend_{day}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    (tmp_path / name / "plugin.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    bare.plugins.add("weekend", importlib.import_module(f"{name}.plugin"))
    with clock.use(clock.FakeClock(datetime(2026, 11, day, 4, 0, tzinfo=UTC))):
        outcome = posting.post(draft(), "k", actor)
    assert outcome.document is not None, "a warning refuses nothing"
    assert ["WEEKEND-DAY-01"] * warned == [fault.code for fault in outcome.faults]
