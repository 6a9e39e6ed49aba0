"""Row S7: stored and reflected scripts in every field that takes text, looked at in a real Chromium.

A payload that becomes an element is a violation even where the page's policy then keeps it from running, and
so is every report of that policy: in normal use there is none.
"""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest import mock

import waitress
from flask.templating import DispatchingJinjaLoader
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET, WATCH_POLICY
from tests.hostile.script_fields import FIELDS, Field, Shop
from tests.hostile.world import World, world_in
from tests.proof.row import Job, Tally

MARK = "x55"
_RUN = "top.ran=1"
PAYLOADS = (
    f"<script>{_RUN}</script>", f"<img src=x onerror={_RUN} class={MARK}>",
    f"<svg/onload={_RUN} class={MARK}>", f"<body onload={_RUN} class={MARK}>",
    f"<iframe srcdoc='<b>' class={MARK}>", f"<a href=javascript:{_RUN} class={MARK}>k",
    f"<details open ontoggle={_RUN} class={MARK}>", f"<input autofocus onfocus={_RUN} class={MARK}>",
    f"<video><source onerror={_RUN} class={MARK}>", f"<math class={MARK}><mi xlink:href=data:x>",
    f"<b class={MARK}>b</b>", f"'\"><b class={MARK}>", f"\" class={MARK} x=\"", f"' class={MARK} x='",
    f"\" onmouseover={_RUN} class={MARK} ", f"</textarea><b class={MARK}>", f"</title><b class={MARK}>",
    f"</option></select><b class={MARK}>", f"</script><b class={MARK}>", f"--><b class={MARK}>",
    f"]]><b class={MARK}>", f"<style class={MARK}>*{{}}</style>",
    f"<link rel=stylesheet href=//e.example class={MARK}>", f"<base href=//e.example class={MARK}>",
    f"<meta http-equiv=refresh content=0 class={MARK}>", f"<object data=x class={MARK}>",
    f"<embed src=x class={MARK}>", f"<form action=//e.example class={MARK}>",
    f"<div hx-get=/ hx-trigger=load class={MARK}>", f"<div hx-on:load={_RUN} class={MARK}>",
    f"<div hx-vals='js:{{x:{_RUN}}}' class={MARK}>", f"{{{{7*7}}}}<b class={MARK}>",
    f"&lt;b class={MARK}&gt;", f"&#60;b class={MARK}&#62;", f"%3Cb class={MARK}%3E", f"<b\tclass={MARK}>",
    f"\u003cb class={MARK}>", f"＜b class={MARK}＞", f"<<b class={MARK}>", f"javascript:{_RUN}//{MARK}",
    f"<template shadowrootmode=open><b class={MARK}>",
)  # fmt: skip

_LOOK = """() => ({
  ran: Boolean(window.ran), breaches: window.breaches || [],
  made: [...document.querySelectorAll('.x55')].map(e => e.outerHTML.slice(0, 120)),
  led: [...document.querySelectorAll('[href],[src],[action],[formaction]')].map(
    e => ['href', 'src', 'action', 'formaction'].map(n => e.getAttribute(n) || '').join(' ').trim()
  ).filter(t => /javascript:|data:text|e\\.example/i.test(t)),
})"""


@dataclass
class Eye:
    """A page of the owner's browser, and what it told by itself."""

    page: Page
    told: list[str]

    def look(self, url: str) -> list[str]:
        """Everything wrong with a page once it is drawn."""
        self.told.clear()
        self.page.goto(url, wait_until="load")
        self.page.wait_for_timeout(60)
        seen: dict[str, Any] = self.page.evaluate(_LOOK)
        found = [f"{url}: {word}" for word in self.told]
        found += [f"{url}: a script ran"] if seen["ran"] else []
        for kind in ("breaches", "made", "led"):
            found += [f"{url}: {kind} {one}" for one in seen[kind]]
        return found


@contextmanager
def shown(world: World) -> Iterator[str]:
    """The world's pages at a real address."""
    server = waitress.create_server(world.app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(10)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def eye(browser: Browser, site: str, cookie: str) -> Eye:
    """A browser that is signed in by this cookie."""
    context: BrowserContext = browser.new_context(base_url=site, locale="zh-CN")
    context.add_init_script(WATCH_POLICY)
    context.add_cookies([{"name": "fapiao", "value": cookie, "url": site}])
    page, told = context.new_page(), []  # type: tuple[Page, list[str]]
    page.set_default_timeout(15_000)

    def alert(dialog: Any) -> None:
        told.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", alert)
    page.on("console", lambda said: told.append(said.text) if "Content Security" in said.text else None)
    return Eye(page, told)


def _unescaped() -> Any:
    kept = DispatchingJinjaLoader.get_source

    def get_source(self: Any, environment: Any, template: str) -> Any:
        text, name, fresh = kept(self, environment, template)
        if template == "issuing/buyers.html":
            text = re.sub(r"{{ (\w+\.name) }}", r"{{ \1 | safe }}", text)
        return text, name, fresh

    return mock.patch.object(DispatchingJinjaLoader, "get_source", get_source)


def _quoted_by_hand() -> Any:
    kept = DispatchingJinjaLoader.get_source

    def get_source(self: Any, environment: Any, template: str) -> Any:
        text, name, fresh = kept(self, environment, template)
        return text.replace('value="{{ value', 'value="{{ value | safe'), name, fresh

    return mock.patch.object(DispatchingJinjaLoader, "get_source", get_source)


PLANTED: dict[str, Callable[[], Any]] = {
    "a list prints names with the filter safe": _unescaped,
    "a field's value is not escaped": _quoted_by_hand,
}


def run(job: Job) -> Tally:
    """`size` fields; each with as many payloads as it holds at once, the larger columns with all of them."""
    tally, random = Tally(job), Random(job.seed)
    if not shutil.which(CHROMIUM):
        tally.skipped = "there is no Chromium here"
        return tally
    with ExitStack() as stack:
        if job.plant:
            stack.enter_context(PLANTED[job.plant]())
        world = stack.enter_context(world_in(job.folder / "world", {"FAPIAO_DEMO": "1"}))
        site = stack.enter_context(shown(world))
        client = world.sign_in("owner")
        cookie = client.get_cookie("fapiao")
        assert cookie is not None
        seeing = eye(stack.enter_context(chromium()), site, cookie.value)
        shop = Shop(world, client)
        started, pages = time.perf_counter(), 0
        for field in FIELDS[: job.size]:
            for chunk in _chunks(field, random, len(PAYLOADS) if job.column != "ci" else 6):
                for url in field.fill(shop, chunk):
                    pages += 1
                    name = f"{field.name} at {url[:80]}: {' '.join(chunk)[:80]}"
                    tally.case(
                        name, {"I9": [f"{field.name}: {what}" for what in seeing.look(f"{site}{url}")]}
                    )
        each = round((time.perf_counter() - started) / max(pages, 1), 2)
        tally.measured |= {"fields": len(FIELDS[: job.size]), "pages": pages, "seconds a page": each}
        tally.measured["payloads"] = len(PAYLOADS)
    return tally


def _chunks(field: Field, random: Random, most: int) -> Iterator[list[str]]:
    if field.many:
        yield list(PAYLOADS)
        return
    chosen = random.sample(PAYLOADS, min(most, len(PAYLOADS)))
    yield from ([payload] for payload in chosen)
