"""The mailbox's back door: pages for a person and JSON for a script, on this computer only. Reads, never changes.

Mails are other people's HTML. They are shown in a sandboxed frame whose own policy forbids scripts, forms and
everything from elsewhere; every other page escapes what it shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, override
from urllib.parse import parse_qs, quote, unquote, urlsplit

from loyalty_site.demo.mailbox.box import Box
from loyalty_site.demo.mailbox.letters import for_a_frame, read
from loyalty_site.demo.mailbox.pages import list_page, mail_page, missing_page

STATIC = Path(__file__).resolve().parents[3] / "static" / "loyalty_site"
PAGE_SIZE = 50
API_PAGE_SIZE = 1000
NUMBER_MAX = 10**9
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_FILES = {"/mailbox.css": "text/css; charset=utf-8", "/favicon.svg": "image/svg+xml"}


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Security-Policy": _PAGE_POLICY})


def make_server(box: Box, host: str, port: int) -> ThreadingHTTPServer:
    """A server that is listening already; call serve_forever in a thread."""
    handler = type("Pages", (_Pages,), {"box": box})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    return server


class _Pages(BaseHTTPRequestHandler):
    box: Box
    protocol_version = "HTTP/1.1"
    server_version = "Mailbox"
    timeout = 30

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads a demonstration's access log."""

    @property
    def _is_for_us(self) -> bool:
        """Is the name in the address ours? A page elsewhere could give its own name this computer's address."""
        port = self.connection.getsockname()[1]
        return self.headers.get("Host", "") in {f"127.0.0.1:{port}", f"localhost:{port}"}

    def _answer(self, *, with_body: bool) -> None:
        reply = (
            self._reply() if self._is_for_us else Reply(b"This mailbox is for this computer only.", "text/plain", 421)
        )
        self.send_response(reply.status)
        common = {
            "Content-Type": reply.kind,
            "Content-Length": str(len(reply.body)),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        for name, value in (common | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(reply.body)

    def _reply(self) -> Reply:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path in _FILES:
            return Reply((STATIC / parts.path[1:]).read_bytes(), _FILES[parts.path])
        for pattern, route in _ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if found:
                reply = route(self.box, found.groupdict(), query)
                if reply is not None:
                    return reply
        return Reply(missing_page().encode(), status=404)


def _whole(text: str | None, default: int) -> int:
    return min(int(text), NUMBER_MAX) if text and text.isascii() and text.isdigit() else default


def _list(box: Box, path: dict[str, str], query: dict[str, str]) -> Reply:
    page = max(1, _whole(query.get("page"), 1))
    words = query.get("q", "")
    found = box.find(words, skip=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return Reply(list_page(found, words=words, page=page, page_size=PAGE_SIZE).encode())


def _mail(box: Box, path: dict[str, str], query: dict[str, str]) -> Reply | None:
    letter = box.letter(int(path["number"]))
    if letter is None:
        return None
    text = read(box.content(letter.number))
    shown = path["shown"] or ("read" if text.html else "text")
    around = (box.letter(letter.number + 1), box.letter(letter.number - 1))
    return Reply(mail_page(letter, text, shown=shown, around=around).encode())


def _html(box: Box, path: dict[str, str], query: dict[str, str]) -> Reply | None:
    number = int(path["number"])
    if box.letter(number) is None:
        return None
    body = for_a_frame(read(box.content(number)), images_at=f"/mails/{number}/images/")
    return Reply(body.encode(), headers={"Content-Security-Policy": _MAIL_POLICY})


def _image(box: Box, path: dict[str, str], query: dict[str, str]) -> Reply | None:
    if box.letter(int(path["number"])) is None:
        return None
    kind, content = read(box.content(int(path["number"]))).images.get(unquote(path["name"]), ("", b""))
    return Reply(content, kind) if kind else None


def _source(box: Box, path: dict[str, str], query: dict[str, str]) -> Reply | None:
    letter = box.letter(int(path["number"]))
    if letter is None:
        return None
    name = quote(f"{letter.number:08d}.eml")
    headers = {"Content-Disposition": f"attachment; filename={name}", "Content-Security-Policy": "sandbox"}
    return Reply(box.content(letter.number), "message/rfc822", headers=headers)


def _api_list(box: Box, path: dict[str, str], query: dict[str, str]) -> Reply:
    skip, limit = _whole(query.get("skip"), 0), min(_whole(query.get("limit"), API_PAGE_SIZE), API_PAGE_SIZE)
    found = box.find(
        query.get("q", ""),
        recipient=query.get("recipient", ""),
        after=_whole(query.get("after"), 0),
        skip=skip,
        limit=limit,
    )
    return _json({"count": found.count, "mails": [asdict(letter) for letter in found.letters]})


def _api_mail(box: Box, path: dict[str, str], query: dict[str, str]) -> Reply | None:
    letter = box.letter(int(path["number"]))
    if letter is None:
        return None
    text = read(box.content(letter.number))
    content = {"headers": text.headers, "html": text.html, "text": text.plain, "links": text.links}
    return _json(asdict(letter) | content)


def _json(content: object) -> Reply:
    return Reply(json.dumps(content).encode(), "application/json")


_Route = Callable[[Box, dict[str, str], dict[str, str]], Reply | None]
_NUMBER = r"(?P<number>\d{1,9})"
_ROUTES: list[tuple[str, _Route]] = [
    (r"/", _list),
    (rf"/mails/{_NUMBER}(?:/(?P<shown>text|headers))?", _mail),
    (rf"/mails/{_NUMBER}/html", _html),
    (rf"/mails/{_NUMBER}/source", _source),
    (rf"/mails/{_NUMBER}/images/(?P<name>[^/]+)", _image),
    (r"/api/mails", _api_list),
    (rf"/api/mails/{_NUMBER}", _api_mail),
]
