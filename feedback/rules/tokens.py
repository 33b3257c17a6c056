"""The token of a survey's link as it is stored."""

from __future__ import annotations

import hashlib


def hash_token(token: str) -> bytes:
    """What is stored and looked up; any text may be asked for. No salt: 128 random bits cannot be tried out."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
