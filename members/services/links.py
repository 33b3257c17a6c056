"""The addresses in a mail that lead back to us: made from settings, read again when somebody follows them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import force_bytes

from members.rules.tokens import make_token, read_token


@dataclass(frozen=True, slots=True)
class Links:
    """Where the person of one message changes what they get, and where one POST ends it."""

    preferences_url: str
    unsubscribe_url: str


def public_url(path: str) -> str:
    """The whole address of a path ("/m/...") as members reach it."""
    return f"{settings.PUBLIC_URL}{path}"


def is_local(address: str) -> bool:
    """Whether an address leads to the very computer that opens it, so that from anybody's telephone it leads nowhere."""
    host = urlsplit(address).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def message_token(message_id: int) -> str:
    """The token of a message's links: 32 characters, nothing stored."""
    return make_token(_keys()[0], message_id)


def read_message_token(text: str) -> int | None:
    """The message a token was made for; None for anything else."""
    return read_token(_keys(), text)


def links_of(message_ids: Iterable[int]) -> dict[int, Links]:
    """{message: both its addresses, as members.urls serves them}."""
    key, base = _keys()[0], f"{settings.PUBLIC_URL}/m/"
    pages = {message_id: f"{base}{make_token(key, message_id)}/" for message_id in message_ids}
    return {message_id: Links(page, f"{page}unsubscribe/") for message_id, page in pages.items()}


def secret_for(use: str) -> list[bytes]:
    """32-byte keys of one use, the valid one first, then retired ones; made from SECRET_KEY and its fallbacks."""
    return [
        hashlib.blake2b(force_bytes(key), digest_size=32, person=use.encode()[:16]).digest()
        for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ]


def sign_number(use: str, number: int) -> str:
    """A number as 32 characters nobody can make up; `use` keeps the tokens of one page from opening another."""
    return make_token(secret_for(use)[0], number)


def read_signed(use: str, text: str) -> int | None:
    """The number that sign_number made `text` of for the same use; None for anything else."""
    return read_token(secret_for(use), text)


@lru_cache(maxsize=1)
def _keys() -> list[bytes]:
    return secret_for("message links")
