"""The main server's dealings with the simulation: its session, its process, its callbacks, its faults."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from core.api import Companion, clock, house, ledger, net, transaction
from plugins.bureau import protocol
from plugins.bureau.channel import BureauChannel, own_tax_id
from plugins.bureau.faults import KINDS, PROFILE
from plugins.bureau.session import Garbled, Session

APP_KEY = "fapiao-demo"
"""The name of the one account; the secret behind it is made per installation."""

SECRET = "bureau.key"
"""The secret's name among the installation's keys."""

PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "calm": ("一切正常", {}),
    "lossy": ("每10次丢1次应答", {"drop_answer": {"every": 10}}),
    "down": ("税局宕机 2 分钟", {"down_until": {"seconds": 120}}),
    "no-credit": ("额度用尽", {"out_of_credit": {"value": 1}}),
    "chaos": (
        "样样都来一点",
        {
            "drop_answer": {"rate": 0.1}, "drop_request": {"rate": 0.1}, "garbage": {"rate": 0.05},
            "execute_late": {"rate": 0.1, "seconds": 5}, "wrong_company": {"rate": 0.05},
            "latency_ms": {"value": 300}, "duplicate_callback": {"rate": 0.2},
        },
    ),
}  # fmt: skip
"""Situations for one click: their titles, and the faults they set on a calm bureau."""


def session() -> Session:
    """The session of this process with the bureau of the settings."""
    return _session(house().settings.text("bureau.url"), house().secret(SECRET))


@cache
def _session(url: str, secret: bytes) -> Session:
    return Session(url, APP_KEY, secret)


def channel() -> BureauChannel:
    """The channel as the settings want it."""
    known = house().settings
    return BureauChannel(
        session,
        settle_seconds=float(known.number("bureau.settle_seconds")),
        callback=callback_url() if known.flag("bureau.callback") else "",
        register=known.flag("bureau.register"),
        idempotent=known.flag("bureau.idempotent"),
        # A little after it is due, so that the first question finds it.
        ask_after=(known.number("bureau.delay_ms") + 50) / 1000,
    )


def callback_url() -> str:
    """Where this server can be called back."""
    known = house().settings
    host = known.text("host").replace("0.0.0.0", "127.0.0.1")
    base = known.text("base_url") or f"http://{host}:{known.number('port')}"
    return f"{base.rstrip('/')}/bureau/callback"


def companions() -> list[Companion]:
    """The simulator's process, where its address is on this machine; elsewhere somebody else runs it."""
    host, _ = _address()
    if host not in ("127.0.0.1", "localhost"):
        return []
    ready = f"{house().settings.text('bureau.url').rstrip('/')}/healthz"
    return [Companion("bureau", "plugins.bureau.simulator", arguments, lambda: ready)]


def arguments(data: str) -> list[str]:
    """The simulator's command line for this data folder; makes the shared secret if there is none."""
    house().secret(SECRET)
    host, port = _address()
    return [
        "--data", os.path.join(data, "bureau"), "--host", host, "--port", port,
        "--app-key", APP_KEY, "--secret-file", os.path.join(data, "keys", SECRET),
        "--delay-ms", str(house().settings.number("bureau.delay_ms")),
        "--idempotent" if house().settings.flag("bureau.idempotent") else "--not-idempotent",
    ]  # fmt: skip


def _address() -> tuple[str, str]:
    host, _, port = house().settings.text("bureau.url").partition("://")[2].rstrip("/").partition(":")
    return host, port or "80"


def vouch(headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """The event and serial of a callback that truly comes from the bureau; None for any other."""
    event, stamp = headers.get("X-Bureau-Event", ""), headers.get("X-Bureau-Timestamp", "")
    expected = protocol.sign_callback(house().secret(SECRET), event, stamp, body)
    if not protocol.same(expected, headers.get("X-Bureau-Signature", "")):
        return None
    moment = int(stamp) if stamp.isascii() and stamp.isdigit() and len(stamp) <= 11 else 0
    if abs(moment - clock.now().timestamp()) > protocol.WINDOW:
        return None
    try:
        said = json.loads(body)
        return (event, str(said["serial"])) if said["id"] == event else None
    except (ValueError, TypeError, KeyError):
        return None


def look() -> dict[str, Any]:
    """Everything the fault page shows. `up` is False where nobody answers."""
    try:
        state = session().control("GET", "/api/faults")
        figures = session().control("GET", f"/api/status?seller={own_tax_id()}")
    except (net.NotConnected, net.NoAnswer, Garbled):
        return {"up": False}
    down = max(0, round_up(state["faults"]["down_until"]["value"] - clock.now().timestamp()))
    return {"up": True, "state": state, "figures": figures, "down": down}


def round_up(seconds: float) -> int:
    """Seconds left, as a whole number."""
    return -int(-seconds // 1)


def disturb(wanted: dict[str, Any], actor: str) -> str:
    """Set faults, and note who did. What the simulator had to say against it, if anything."""
    try:
        session().control("POST", "/api/faults", wanted)
    except (net.NotConnected, net.NoAnswer):
        return "模拟税局没有运行"
    except Garbled:
        return "数值超出范围,什么都没有改变"
    with transaction():
        ledger.append("bureau.disturbed", "bureau", {"faults": json.dumps(wanted, sort_keys=True)}, actor)
    return ""


def look_back() -> Callable[[], None]:
    """Let the demo's history be issued in the past and without delay; call the answer to end that."""
    delay = house().settings.number("bureau.delay_ms")

    def believe(yes: bool) -> None:
        wanted = {"faults": {"believe_caller_clock": {"value": int(yes)}}}
        session().control("POST", "/api/faults", {**wanted, "profile": {"delay_ms": 0 if yes else delay}})

    believe(True)
    return lambda: believe(False)


def preset(name: str) -> dict[str, Any]:
    """The change that brings about a situation.

    :raise KeyError: there is no such situation.
    """
    return {"reset": True, "faults": PRESETS[name][1]}


def read_form(form: Mapping[str, str], before: dict[str, Any]) -> dict[str, Any]:
    """What a submitted fault page changes of the state before it.

    :raise ValueError: a field that is no number.
    """
    faults: dict[str, Any] = {}
    for name in KINDS:
        fields = {key: _field(form, name, key, old) for key, old in before["faults"][name].items()}
        if name == "down_until":
            # An empty field leaves it as it is: its value is a moment, and the field is a length.
            seconds = form.get("down_until.seconds", "").strip()
            if seconds:
                faults[name] = {"seconds": int(seconds), "mode": fields["mode"]}
        elif fields != before["faults"][name]:
            faults[name] = fields
    profile = {key: int(form.get(f"profile.{key}") or 0) for key in PROFILE}
    changed = {key: value for key, value in profile.items() if value != before["profile"][key]}
    return {"faults": faults} | ({"profile": changed} if changed else {})


def _field(form: Mapping[str, str], fault: str, key: str, old: Any) -> Any:
    text = form.get(f"{fault}.{key}", "").strip()
    if isinstance(old, str):
        return text or old
    return float(text) if "." in text else int(text or 0)
