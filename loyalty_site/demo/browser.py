"""A till's or a person's browser: requests over HTTP to one address, with what came back."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any, override


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as the answer."""

    @override
    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Browser:
    """Requests to one address ("http://127.0.0.1:8000"), with cookies kept and redirects followed."""

    url: str
    token: str = ""
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def get(self, path: str, *, method: str = "GET", agent: str = "") -> Answer:
        """Look at a page. `agent` is the name a program gives itself."""
        headers = {"User-Agent": agent} if agent else {}
        return self._send(urllib.request.Request(self.url + path, headers=headers, method=method))  # noqa: S310  our own address

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> Answer:
        """Send JSON, as a till does."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        data = json.dumps(body).encode()
        return self._send(urllib.request.Request(self.url + path, data=data, headers=headers))  # noqa: S310  as above

    def fill(self, path: str, values: dict[str, str]) -> Answer:
        """Send a form of the back office, with the cookie and field against forged requests."""
        token = next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), "") or ""
        return self.send_form(path, values | {"csrfmiddlewaretoken": token})

    def send_form(self, path: str, values: dict[str, str], *, follow: bool = True) -> Answer:
        """Send a form of a public page, or what a mail program sends for its unsubscribe button."""
        data = urllib.parse.urlencode(values).encode()
        request = urllib.request.Request(self.url + path, data=data, headers={"Referer": self.url + path})  # noqa: S310  as above
        return self._send(request, follow=follow)

    def _send(self, request: urllib.request.Request, *, follow: bool = True) -> Answer:
        # Not build_opener: it reads all certificates of the system, every time, for addresses that need none.
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPHandler(),
            urllib.request.HTTPErrorProcessor(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPRedirectHandler() if follow else _StayHere(),
            urllib.request.HTTPCookieProcessor(self.cookies),
        ):
            opener.add_handler(handler)
        try:
            with opener.open(request, timeout=30) as response:
                return Answer(response.status, response.read(), dict(response.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), dict(error.headers))


def path_of(url: str) -> str:
    """The path and query of an address, so that it can be followed wherever the demonstration listens today."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(("", "", parts.path, parts.query, ""))
