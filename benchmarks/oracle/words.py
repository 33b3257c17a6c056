"""Reading a scenario strictly: every word of it is either translated or named as the reason why it cannot be.

There is no way to skip a word: `Words.done` refuses what nobody took.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

MISSING: Any = object()
_CANCEL = "single entries and lots are not cancelled or burnt by hand; sales are cancelled, points adjusted"

# Words that scenarios use and the product has nothing for yet. A word that is neither here nor translated
# is refused all the same; this only says it in a better sentence.
REASONS = {
    **dict.fromkeys(("reset_all", "lots_expired"), _CANCEL),
    "groups": "pieces make up groups by their price only",
}


class NotConfigurable(Exception):
    """The scenario needs something that no setting or endpoint of the product gives; the text says what."""


class Words:
    """One object of a scenario, from which every word has to be taken."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict):
            raise NotConfigurable(f"{where}: an object was expected, not {raw!r}")
        self.where = where
        self._left = dict(raw)

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def left(self) -> list[str]:
        """What nobody has taken yet."""
        return list(self._left)

    def take(self, key: str, default: Any = MISSING) -> Any:
        """The value of a word, which then counts as translated."""
        if key not in self._left and default is MISSING:
            raise NotConfigurable(f"{self.where}: {key!r} is missing")
        return self._left.pop(key, default)

    def number(self, key: str, default: Any = MISSING) -> Any:
        """The same as a Decimal of at least 0; `default` (also None) when the word is absent."""
        value = self.take(key, default)
        return value if value is default else number(value, f"{self.where}: {key!r}")

    def whole(self, key: str, default: Any = MISSING) -> Any:
        """The same as an int; a fraction is refused, not cut off."""
        value = self.number(key, default)
        if value is default:
            return default
        if value != int(value):
            raise self.refuse(f"{key!r} has to be a whole number, not {value}")
        return int(value)

    def only(self, key: str, known: dict[Any, Any], default: Any = MISSING) -> Any:
        """The meaning of a word whose values are a closed list."""
        value = self.take(key, default)
        if value is default:
            return default
        if isinstance(value, bool | str | int) and value in known:
            return known[value]
        raise NotConfigurable(f"{self.where}: there is no setting for {key!r} = {value!r}")

    def flag(self, key: str) -> bool:
        """A word that is true or false; false when absent."""
        return bool(self.only(key, {True: True, False: False}, None))

    def texts(self, key: str) -> list[str]:
        raw = self.take(key)
        if not isinstance(raw, list) or not raw or not all(isinstance(text, str) for text in raw):
            raise self.refuse(f"{key!r} is not a list of texts")
        return raw

    def inner(self, key: str) -> Words:
        return Words(self.take(key), f"{self.where}.{key}")

    def each(self, key: str) -> list[Words]:
        raw = self.take(key)
        if not isinstance(raw, list):
            raise NotConfigurable(f"{self.where}: {key!r} is not a list")
        return [Words(part, f"{self.where}.{key}[{position}]") for position, part in enumerate(raw)]

    def parts(self, key: str) -> list[Words]:
        """One object, or a list of them."""
        return self.each(key) if isinstance(self._left.get(key), list) else [self.inner(key)]

    def refuse(self, reason: str) -> NotConfigurable:
        return NotConfigurable(f"{self.where}: {reason}")

    def done(self) -> None:
        """Raises NotConfigurable for whatever was not taken."""
        if self._left:
            raise NotConfigurable("; ".join(self._unknown(key) for key in self._left))

    def _unknown(self, key: str) -> str:
        return f"{self.where}: {key!r}: {REASONS.get(key, 'this word has no counterpart in the mapping')}"


def number(raw: Any, where: str) -> Decimal:
    """Raises NotConfigurable for what is not a number of at least 0."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise NotConfigurable(f"{where} is not a number: {raw!r}")
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        raise NotConfigurable(f"{where} is not a number: {raw!r}") from None
    if not value.is_finite() or value < 0:
        raise NotConfigurable(f"{where} is below 0: {raw!r}; the API takes only amounts of at least 0")
    return value


def plain(value: Decimal) -> str:
    """A Decimal as the API writes and takes it."""
    return f"{value:f}"


def category_code(label: object) -> str:
    """A label such as 'color:red' as the code of a category, which is a slug."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", str(label))
