"""A mail as bytes, written by hand: building the standard library's message object costs more than sending.

Headers are cleaned before they are encoded (R40): Django refuses only CR and LF, while NUL and the marks
that turn text around pass it and can disguise a sender.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from email.utils import format_datetime
from functools import lru_cache

HEADER_MAX = 200
# RFC 2047: an encoded word has at most 75 characters; 42 bytes are 56 in base64, the frame takes 12, the name of the header stands before.
_WORD_BYTES = 42
_SPACES = re.compile(r"\s+")
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
_LINE = 76
_LINE_MAX = 998  # RFC 5321, 4.5.3.1.6, without the line's end


@dataclass(frozen=True, slots=True)
class Mail:
    """What a person will read. Plain strings; headers and encoding are made here."""

    subject: str
    text: str
    html: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around a mail. `unsubscribe_url` empty: no List-Unsubscribe header (service mails)."""

    sender_name: str
    sender_email: str
    recipient: str
    message_id: str
    date: dt.datetime
    reply_to: str = ""
    unsubscribe_url: str = ""
    unsubscribe_mailbox: str = ""


def clean_header(text: str) -> str:
    """One line of visible characters, NFC, at most HEADER_MAX: no controls, line separators, surrogates or bidi marks."""
    if not text.isascii() or not text.isprintable():
        text = unicodedata.normalize("NFC", text)
        text = "".join(
            char
            for char in text
            if char.isspace() or char in "\u200d\u200c" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
        )
    return _SPACES.sub(" ", text).strip()[:HEADER_MAX].rstrip()


@lru_cache(maxsize=512)
def encode_header(text: str) -> str:
    """The header's value in ASCII, folded into encoded words where needed. `text` may be anything."""
    text = clean_header(text)
    if text.isascii() and "=?" not in text:
        return text
    words, part = [], b""
    for char in text:
        piece = char.encode()
        if len(part) + len(piece) > _WORD_BYTES:
            words.append(part)
            part = b""
        part += piece
    words.append(part)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


@lru_cache(maxsize=64)
def encode_mailbox(name: str, email: str) -> str:
    """'Corner Market <news@corner.example>' with the name quoted or encoded as it needs."""
    name = clean_header(name)
    if not name:
        return email
    if not name.isascii():
        return f"{encode_header(name)}\r\n <{email}>"
    if _SPECIALS.search(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{email}>'
    return f"{name} <{email}>"


def build_mime(mail: Mail, envelope: Envelope) -> bytes:
    """The mail with CRLF line ends, ready for DATA (dots at line starts are not doubled yet).

    Raises ValueError when the recipient's address could break out of its header, UnicodeEncodeError for
    text that is no text (lone surrogates).
    """
    recipient = envelope.recipient
    if not recipient.isascii() or not recipient.isprintable() or _SPACES.search(recipient) or "@" not in recipient:
        raise ValueError("the recipient's address is not plain ASCII")
    # Unique per mail and never part of a body: the local part of the message id, without what a boundary forbids.
    boundary = "=_" + re.sub(r"[^0-9A-Za-z]", "", envelope.message_id)[:60]
    lines = [
        f"From: {encode_mailbox(envelope.sender_name, envelope.sender_email)}",
        f"To: {recipient}",
        f"Subject: {encode_header(mail.subject)}",
        f"Date: {_date(envelope.date.replace(microsecond=0))}",
        f"Message-ID: <{envelope.message_id}>",
    ]
    if envelope.reply_to:
        lines.append(f"Reply-To: {envelope.reply_to}")
    if envelope.unsubscribe_url:
        # RFC 8058: both headers, one https address that takes a POST.
        mailto = f", <mailto:{envelope.unsubscribe_mailbox}>" if envelope.unsubscribe_mailbox else ""
        lines += [
            f"List-Unsubscribe: <{envelope.unsubscribe_url}>{mailto}",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ]
    lines += [
        f"Content-Language: {mail.language}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        "",
    ]
    frame = boundary.encode()
    return b"".join(
        [
            "\r\n".join(lines).encode("ascii"),
            b"--" + frame + b"\r\n" + _part("plain", mail.text),
            b"\r\n--" + frame + b"\r\n" + _part("html", mail.html),
            b"\r\n--" + frame + b"--\r\n",
        ]
    )


@lru_cache(maxsize=16)
def _date(moment: dt.datetime) -> str:
    return format_datetime(moment)


def _part(subtype: str, text: str) -> bytes:
    raw = text.encode()
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: '
    if not raw.isascii():
        # Base64 keeps line ends as they are, and those of a mail are CRLF.
        encoded = base64.b64encode(raw.replace(b"\n", b"\r\n"))
        wrapped = b"\r\n".join([encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE)])
        return head.encode() + b"base64\r\n\r\n" + wrapped
    if b"\0" not in raw and max(map(len, raw.split(b"\n"))) <= _LINE_MAX:
        return head.encode() + b"7bit\r\n\r\n" + raw.replace(b"\n", b"\r\n")
    quoted = binascii.b2a_qp(raw, istext=True).replace(b"\n", b"\r\n")
    return head.encode() + b"quoted-printable\r\n\r\n" + quoted
