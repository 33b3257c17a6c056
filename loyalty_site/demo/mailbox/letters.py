"""One kept mail: what a list shows of it, and what there is to read in it. Knows bytes, no files and no pages."""

from __future__ import annotations

import email
import email.policy
import html.parser
from dataclasses import dataclass
from email.message import EmailMessage
from typing import override
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Letter:
    """A line of the list. `recipient` is the envelope's, `at` an instant in ISO 8601, `size` in bytes."""

    number: int
    at: str
    sender: str
    recipient: str
    name: str
    subject: str
    message_id: str
    size: int

    @property
    def haystack(self) -> str:
        """What a search looks into."""
        return f"{self.recipient}\n{self.name}\n{self.subject}".casefold()


@dataclass(frozen=True, slots=True)
class Text:
    """What there is to read: the headers in their order with their encodings undone, and both bodies ("" when absent)."""

    headers: list[tuple[str, str]]
    html: str
    plain: str
    images: dict[str, tuple[str, bytes]]

    @property
    def links(self) -> list[str]:
        """Where the HTML leads, in its order."""
        return _links(self.html)


def letter_of(content: bytes, *, number: int, at: str, sender: str, recipient: str) -> Letter:
    """The line of a mail that came to `recipient`."""
    head = _parsed(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    return Letter(
        number=number,
        at=at,
        sender=sender,
        recipient=recipient,
        name=_name(head),
        subject=_header(head, "Subject"),
        message_id=_header(head, "Message-ID"),
        size=len(content),
    )


def read(content: bytes) -> Text:
    """Take a mail apart. Never raises: what cannot be decoded is shown with replacement characters."""
    message = _parsed(content)
    plain, rich, images = "", "", {}
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and not plain and not part.is_attachment():
            plain = _decoded(part)
        elif kind == "text/html" and not rich and not part.is_attachment():
            rich = _decoded(part)
        elif kind.startswith("image/") and part["Content-ID"]:
            images[str(part["Content-ID"]).strip().strip("<>")] = (kind, _bytes(part))
    return Text([(name, _header_text(value)) for name, value in message.items()], rich, plain, images)


def for_a_frame(text: Text, *, images_at: str) -> str:
    """The HTML as it may be shown in a frame: links open beside it, embedded images are found under `images_at`."""
    shown = text.html
    for name in text.images:
        shown = shown.replace(f"cid:{name}", f"{images_at}{name}")
    base = '<base target="_blank">'
    start = shown.lower().find("<head")
    end = shown.find(">", start)
    return shown[: end + 1] + base + shown[end + 1 :] if start >= 0 and end >= 0 else base + shown


def _parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _header(message: EmailMessage, name: str) -> str:
    try:
        return _header_text(message[name])
    except (ValueError, IndexError, AttributeError):  # the parser's own, for headers beyond all rules
        return ""


def _header_text(value: object) -> str:
    return "".join(char for char in str(value or "") if char.isprintable())


def _name(message: EmailMessage) -> str:
    try:
        addresses = message["To"].addresses if message["To"] else ()
    except (ValueError, IndexError, AttributeError):
        return ""
    return ", ".join(_header_text(address.display_name) for address in addresses if address.display_name)


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _decoded(part: EmailMessage) -> str:
    content = _bytes(part)
    try:
        return content.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href") if tag == "a" else None
        if target and urlsplit(target).scheme in {"http", "https", "mailto", "tel"}:
            self.found.append(target)


def _links(text: str) -> list[str]:
    parser = _Links()
    parser.feed(text)
    return parser.found
