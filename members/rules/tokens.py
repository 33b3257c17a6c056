"""The token in a mail's links: it names one message, and nobody can guess another's.

Nothing is stored: the number of the message with a keyed hash of 128 bits. Such a link works for as long as the
key does, which is what an unsubscribe link in an old mail must do (R38).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable

_MAC_BYTES = 16
_ID_BYTES = 8


def make_token(key: bytes, number: int) -> str:
    """32 characters that are safe in an address. `number` is 0 or more, below 2**63."""
    body = number.to_bytes(_ID_BYTES, "big")
    mac = hmac.digest(key, body, "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(body + mac).decode()


def read_token(keys: Iterable[bytes], text: str) -> int | None:
    """The number, or None for anything that none of `keys` signed (the newest first, then retired ones)."""
    if len(text) != 4 * (_ID_BYTES + _MAC_BYTES) // 3 or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:_ID_BYTES], raw[_ID_BYTES:]
    for key in keys:
        if hmac.compare_digest(mac, hmac.digest(key, body, "sha256")[:_MAC_BYTES]):
            return int.from_bytes(body, "big")
    return None
