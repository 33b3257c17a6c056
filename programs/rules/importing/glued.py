"""Which lines of a file are in which one-byte encoding, for files that somebody glued together from two of them.

Every line is weighed in every encoding that tills and spreadsheets of our three languages write: how usual its letters are
there, and how letters of one word follow each other. Changing the encoding from one line to the next costs more than any
odd name does, so a file of one encoding stays one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# Of a hundred letters of a usual text so many are the first of the row, and so on.
_RUSSIAN_SHARES = (
    *(10.9, 8.5, 8, 7.4, 6.7, 6.3, 5.5, 4.7, 4.5, 4.4, 3.5, 3.2, 3, 2.8, 2.6, 2, 1.9, 1.7, 1.7, 1.7, 1.6, 1.5, 1.2, 1),
    *(0.9, 0.7, 0.7, 0.5, 0.4, 0.4, 0.3, 0.1, 0.1),
)
_HEBREW_SHARES = (
    *(11, 10.5, 9.5, 7, 6.5, 5.5, 6, 4.5, 5, 4.5, 4, 3.2, 2.5, 3, 2.5, 2.5, 2, 1.7, 1.7, 2.7, 2.5, 1.3, 1.9, 1.1, 0.7),
    *(0.4, 0.3),
)
_RUSSIAN = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        _RUSSIAN_SHARES,
        strict=True,
    )
) | dict.fromkeys("іїєґ", 0.5)
_HEBREW = dict(
    zip(
        "יוהלאתרמבשנעחדקכפטגםןזסצךףץ",
        _HEBREW_SHARES,
        strict=True,
    )
)
_LATIN = dict.fromkeys("éèàáíóúñçöüäßâêîôûëïãõåøæ", 4.0)
# Signs that stand in lists of any language, and marks that are there by themselves.
_SIGNS = "№«»—–’‘“”„…°\xa0•®©"
_SIGN, _OTHER_LETTER, _NO_LETTER = -0.3, -2.5, -4.0
_MIXED, _HUMP, _WRONG_END = -3.0, -2.0, -4.0
_NO_VOWEL = -3.0
_VOWELS = "аеёиоуыэюяіїє"
_SWITCH = 9.0
_AT_HOME = 6.0
# A single reading that is better than the next one by less than this is a guess.
_CERTAIN = 5.0
_LETTERS_MIN = 4
# A line of the main encoding is on the mean better than this a letter, and has no letter worse than that; what the
# other encodings lose by such a line.
_SUSPICIOUS, _STRANGE, _LOSS = -0.35, -2.5, -0.5
# So many bytes are weighed in all encodings before one of them is the main one.
_BYTES_IN_ALL = 50_000
# A segmentation worse than this a letter says only that none of our languages is there.
_SENSIBLE = -0.15
_RUN_LINES = 20
_RUSSIAN_AT_HOME = ("RU", "BY", "KZ", "KG", "UA", "AM", "UZ")
_ASCII = bytes(range(0x80))


class Span(NamedTuple):
    """From byte `start` of the file on, its lines that are not plain are in `encoding`."""

    start: int
    encoding: str


@dataclass(frozen=True, slots=True)
class _Weights:
    """`letters` by byte; `odd` what words hardly have, and what each of it costs."""

    letters: tuple[float, ...]
    odd: tuple[tuple[re.Pattern[bytes], float], ...]


def _weights(encoding: str, language: dict[str, float], *, finals: str = "") -> _Weights:
    """`finals` is "last" where a final form of Hebrew ends its word, "first" where words are stored as they are seen."""
    letters = [0.0] * 0x80 + [_NO_LETTER] * 0x80
    kinds: dict[str, bytearray] = {name: bytearray() for name in ("lower", "upper", "final", "dumb")}
    for byte in range(0x80, 0x100):
        char = bytes([byte]).decode(encoding, errors="replace")
        if share := language.get(char.lower()):
            letters[byte] = math.log(share / 100 * len(language))
            kinds["upper" if char.isupper() else "lower"].append(byte)
            kinds["final" if char in "ךםןףץ" else "dumb"] += b"" if char.lower() in _VOWELS else bytes([byte])
        elif char in _SIGNS:
            letters[byte] = _SIGN
        elif char.isalpha():
            letters[byte] = _OTHER_LETTER
    lower, upper, final, dumb = (re.escape(bytes(kind)) for kind in kinds.values())
    every = lower + upper
    if language is _LATIN:
        # Marked letters stand alone among plain ones.
        odd = [(b"[%s]{2}|(?<![A-Za-z])[%s](?![A-Za-z])" % (every, every), _MIXED)]
    else:
        odd = [(b"[A-Za-z](?=[%s])|(?<=[%s])[A-Za-z]" % (every, every), _MIXED)]
    if language is _RUSSIAN:
        odd.append((b"[%s][%s]" % (lower, upper), _HUMP))
        odd.append((b"(?<![%s])[%s]{3,}(?![%s])" % (every, dumb, every), _NO_VOWEL))
    if finals == "last":
        odd.append((b"(?<![%s])[%s](?=[%s])" % (every, final, every), _WRONG_END))
    elif finals:
        odd.append((b"(?<=[%s])[%s](?![%s])" % (every, final, every), _WRONG_END))
    return _Weights(tuple(letters), tuple((re.compile(pattern), weight) for pattern, weight in odd))


_ENCODINGS = {
    **{name: _weights(name, _RUSSIAN) for name in ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")},
    "cp1255": _weights("cp1255", _HEBREW, finals="last"),
    "iso8859-8-visual": _weights("iso8859-8", _HEBREW, finals="first"),
    "cp862": _weights("cp862", _HEBREW, finals="last"),
    "cp862-visual": _weights("cp862", _HEBREW, finals="first"),
    "cp1252": _weights("cp1252", _LATIN),
}
_NAMES = tuple(_ENCODINGS)
_HEBREW_NAMES = frozenset({"cp1255", "iso8859-8-visual", "cp862", "cp862-visual"})


def _weight(lines: bytes, encoding: str) -> float:
    """How likely the lines are text of this encoding: about 0 a letter where they are, far below where not."""
    about = _ENCODINGS[encoding]
    total = sum(map(about.letters.__getitem__, lines.translate(None, _ASCII)))
    for pattern, weight in about.odd:
        total += weight * len(pattern.findall(lines))
    return total


# The rarer an encoding is among exports of today, the more its letters must say for it.
_RARE = {"cp866": -2.0, "koi8-r": -2.0, "cp862": -3.0, "iso8859-8-visual": -3.0}
_RARE |= dict.fromkeys(("mac-cyrillic", "iso8859-5", "cp862-visual"), -6.0)


def _start(region: str) -> dict[str, float]:
    """What is likelier before anything is read: the languages of the country, and what programs of today write."""
    found = {name: _RARE.get(name, 0.0) for name in _NAMES}
    for name in _NAMES:
        is_hebrew = name in _HEBREW_NAMES
        if (region == "IL" and is_hebrew) or (region in _RUSSIAN_AT_HOME and not is_hebrew and name != "cp1252"):
            found[name] += _AT_HOME
    return found


class Gluing:
    """Finds the spans of a file, line by line, in little memory. Its beginning is weighed in every encoding; after that, a
    line that is well read in the one that was found is weighed in no other. `region` is the country of its people."""

    def __init__(self, region: str = "") -> None:
        self._main, self._is_over = "", False
        self._costs = _start(region)
        self._paths: dict[str, _Path] = {name: _Path(0, name, None) for name in _NAMES}
        self._letters = self._plain_start = self._plain_letters = self._run_start = 0
        self._run: list[bytes] = []

    def look(self, start: int, line: bytes) -> None:
        """A line that is not plain, which begins at byte `start`."""
        if self._is_over:
            return
        high = line.translate(None, _ASCII)
        self._letters += len(high)
        if self._main:
            found = list(map(_ENCODINGS[self._main].letters.__getitem__, high))
            if len(high) < 3 or (sum(found) > _SUSPICIOUS * len(high) and min(found) > _STRANGE):
                self._flush_run()
                self._plain_start = self._plain_start if self._plain_letters else start
                self._plain_letters += len(high)
                return
        self._flush_plain()
        self._run_start = self._run_start if self._run else start
        self._run.append(line)
        if not self._main or len(self._run) >= _RUN_LINES:
            self._flush_run()
        if not self._main and self._letters > _BYTES_IN_ALL:
            self._main = max(self._costs, key=self._costs.__getitem__)
            self._is_over = not self._is_sensible()

    def _is_sensible(self) -> bool:
        return max(self._costs.values()) > _SENSIBLE * self._letters - _SWITCH

    def _flush_plain(self) -> None:
        if self._plain_letters:
            lost = self._plain_letters * _LOSS
            self._step(self._plain_start, {name: 0.0 if name == self._main else lost for name in _NAMES})
            self._plain_letters = 0

    def _flush_run(self) -> None:
        if self._run:
            lines = b"".join(self._run)
            self._step(self._run_start, {name: _weight(lines, name) for name in _NAMES})
            self._run.clear()

    def _step(self, start: int, weights: dict[str, float]) -> None:
        best = max(self._costs, key=self._costs.__getitem__)
        changed, path = self._costs[best] - _SWITCH, self._paths[best]
        for name in _NAMES:
            if changed > self._costs[name]:
                self._costs[name] = changed
                self._paths[name] = _Path(start, name, path)
            self._costs[name] += weights[name]

    def spans(self) -> tuple[Span, ...]:
        """() when all is in one encoding, or in none that we know."""
        self._flush_plain()
        self._flush_run()
        if self._is_over or (not self._main and not self._is_sensible()):
            return ()
        best = max(self._costs, key=self._costs.__getitem__)
        found: list[Span] = []
        path: _Path | None = self._paths[best]
        while path:
            found.append(Span(path.start, path.encoding))
            path = path.before
        return tuple(reversed(found)) if len({span.encoding for span in found}) > 1 else ()


class _Path(NamedTuple):
    start: int
    encoding: str
    before: _Path | None


def most_used(spans: Sequence[Span], size: int) -> str:
    """The encoding of most bytes."""
    used: Counter[str] = Counter()
    for span, end in zip(spans, [*(after.start for after in spans[1:]), size], strict=True):
        used[span.encoding] += end - span.start
    return used.most_common(1)[0][0]


def likelier(lines: bytes, encoding: str, region: str) -> str:
    """`encoding`, which was found by other means, or the one of ours that the letters speak for clearly more."""
    if encoding not in _ENCODINGS:
        return encoding
    scores = {name: weight + _weight(lines, name) for name, weight in _start(region).items()}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > scores[encoding] + _CERTAIN else encoding


def is_guess(lines: bytes, encoding: str, region: str) -> bool:
    """Are there so few letters that another encoding, which reads them otherwise, is nearly as likely?"""
    if encoding not in _ENCODINGS or len(lines.translate(None, _ASCII)) < _LETTERS_MIN:
        return len(lines.translate(None, _ASCII)) < _LETTERS_MIN
    start = _start(region)
    read = lines.decode(encoding.removesuffix("-visual"), errors="replace")
    here = start[encoding] + _weight(lines, encoding)
    return any(
        start[name] + _weight(lines, name) > here - _CERTAIN
        for name in _NAMES
        if name != encoding and lines.decode(name.removesuffix("-visual"), errors="replace") != read
    )
