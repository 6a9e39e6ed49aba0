"""A browser small enough to see everything it sends and gets: cookies, forms, nothing else."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from urllib.parse import urlencode

_COOKIE = re.compile(r"^([^=;]+)=([^;]*)")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """One at an address. :ivar cookies: what it keeps. :ivar seen: every page it was shown."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.past: set[str] = set()
        self.seen: list[str] = []
        self.place = ""

    def get(self, path: str) -> int:
        """Open a page; the answer's status."""
        return self._send("GET", path, b"")

    def post(self, path: str, form: dict[str, str], page: str = "") -> int:
        """Send a form with the token of `page`, or of the path itself."""
        self.get(page or path)
        found = _TOKEN.search(self.seen[-1])
        body = urlencode({**form, "csrf_token": found[1] if found else ""}).encode()
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: bytes) -> int:
        link = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items()), "Accept": "text/html"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        link.request(method, path, body, headers)
        answer = link.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            found = _COOKIE.match(line)
            if found:
                self.cookies[found[1]] = found[2]
                self.past.add(found[2])
        self.place = answer.headers.get("Location", "")
        self.seen.append(answer.read().decode(errors="replace"))
        link.close()
        return answer.status
