"""A clerk at a browser without JavaScript, as the load benchmarks use one: cookies, tokens, patience."""

from __future__ import annotations

import http.client
import re
import time
from urllib.parse import urlencode

PREFIX = "STORM-"
"""What the order numbers of a benchmark begin with."""


def order_form(number: int) -> dict[str, str]:
    """The form of one order, filled in; its key is the same whenever it is asked for."""
    return {
        "key": f"STORM{number:021d}",
        "kind": "ordinary",
        "buyer.name": f"上海样例{number}号店",
        "buyer.tax_id": "91310115MA1K00007Q",
        "order_no": f"{PREFIX}{number}",
        "drawer": "王芳",
        "lines[0].name": "复印纸",
        "lines[0].code": "1060102010000000000",
        "lines[0].short_name": "纸制品",
        "lines[0].quantity": "2",
        "lines[0].price": f"{100 + number % 50}.50",
        "lines[0].rate": "0.13",
        "do": "issue",
    }


class Browser:
    """A clerk's browser: cookies, CSRF tokens, one retry after another with the same key."""

    def __init__(self, port: int) -> None:
        self._port, self._cookies, self._token = port, dict[str, str](), ""
        self.retries = 0

    def tab(self) -> Browser:
        """Another tab of the same browser: signed in as the first one."""
        other = Browser(self._port)
        other._cookies, other._token = dict(self._cookies), self._token
        return other

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Ask once: status, where it leads, and the page.

        :raise OSError: :raise HTTPException: there is no answer.
        """
        link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items()), "Accept": "text/html"}
        body = None
        if form is not None:
            body = urlencode({**form, "csrf_token": self._token})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            text = answer.read().decode()
        finally:
            link.close()
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        self._token = found[1] if found else self._token
        return answer.status, answer.headers.get("Location", ""), text

    def patiently(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Ask until there is an answer that is no trouble of the server's."""
        for _ in range(600):
            try:
                status, place, text = self.ask(method, path, form)
                if status < 500:
                    return status, place, text
            except (OSError, http.client.HTTPException):
                pass
            self.retries += 1
            time.sleep(0.1)
        raise SystemExit(f"no answer from {path}")

    def sign_in(self, role: str = "finance") -> None:
        """Sign in as one of the demo's people."""
        self.patiently("GET", "/accounts/sign-in")
        form = {"login": f"{role}@demo.fapiao", "password": "Fapiao-demo-1"}
        status, _, text = self.patiently("POST", "/accounts/sign-in", form)
        if status != 303:
            raise SystemExit(f"sign-in answered {status}: {text[:300]}")
        self.patiently("GET", "/issuing/new")

    def issue(self, number: int) -> str:
        """Ask for one invoice; the path of its page."""
        return self.press(number, order_form(number))

    def press(self, number: int, form: dict[str, str]) -> str:
        """Press a filled form's button until it is answered; the path of the invoice's page.

        :raise SystemExit: it is refused.
        """
        status, place, text = self.patiently("POST", "/issuing/new", form)
        if status != 303 or not place:
            faults = re.findall(r'class="error"[^>]*>([^<]+)', text)
            raise SystemExit(f"invoice {number} was answered {status}: {faults or text[:500]}")
        return place
