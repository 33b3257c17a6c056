"""Are two records one person? A sum of evidence for and against (Fellegi and Sunter), in bits.

Each comparison adds about log2(how often true pairs look so / how often strangers do). Rare names weigh more
than common ones. docs/algorithms/duplicates.md explains every weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import combinations

from members.rules.folding import fold_words, looks_of, sound_of
from members.rules.nicknames import are_forms_of_one

# A pair is proposed from this sum on; the default of every installation.
THRESHOLD = 17.0
# A word of a name whose frequency nobody counted is borne by one in two hundred.
_COMMON_UNKNOWN = 1 / 200
_WORDS_MAX = 6


class Reason(StrEnum):
    """Why a pair is proposed; what a person reads beside it."""

    SAME_KEY = "same_key"
    SAME_NAME = "same_name"
    SIMILAR_NAME = "similar_name"
    SWAPPED_NAME = "swapped_name"
    SAME_BIRTHDAY = "same_birthday"
    SIMILAR_BIRTHDAY = "similar_birthday"
    SAME_ADDRESS = "same_address"
    SIMILAR_ADDRESS = "similar_address"
    OTHER_NAME = "other_name"
    OTHER_BIRTHDAY = "other_birthday"
    OTHER_ADDRESS = "other_address"
    OTHER_SEX = "other_sex"


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared of a member. Birth parts, texts and keys may be missing; `keys` are (kind, normalised value)
    of everything they ever carried."""

    name: str
    birth: tuple[int | None, int | None, int | None] = (None, None, None)  # year, month, day
    city: str = ""
    street: str = ""
    postcode: str = ""
    sex: str = ""
    kind: str = "person"
    keys: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sum of evidence in bits, and its parts in words, the strongest first."""

    score: float
    reasons: tuple[Reason, ...] = ()

    @property
    def is_probable(self) -> bool:
        return self.score >= THRESHOLD


@dataclass(slots=True)
class _Evidence:
    bits: float = 0.0
    said: list[tuple[float, Reason]] = field(default_factory=list)

    def add(self, bits: float, reason: Reason | None = None) -> None:
        self.bits += bits
        if reason is not None:
            self.said.append((abs(bits), reason))


def compare(one: Person, other: Person, *, shares: Mapping[str, float] | None = None) -> Verdict:
    """How much speaks for one person. `shares` maps folded words of names to the share of members who bear them."""
    if one.kind != other.kind:
        return Verdict(-math.inf)
    found = _Evidence()
    name = _compare_names(one, other, shares or {}, found)
    _compare_births(one.birth, other.birth, found)
    _compare_addresses(one, other, found)
    shared = len(one.keys & other.keys)
    if shared:
        # Families share phones, and phones get new owners: alone it is not enough.
        found.add(11.0 + 4.0 * (shared > 1), Reason.SAME_KEY)
    if one.sex and other.sex and one.sex != other.sex:
        found.add(-4.0, Reason.OTHER_SEX)
    if not name:
        # Nobody is called anything: an address and a birthday are a household's, or a data entry clerk's.
        found.bits -= 4.0
    reasons = tuple(reason for _bits, reason in sorted(found.said, key=lambda pair: -pair[0]))
    return Verdict(round(found.bits, 1), reasons)


# --- words ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=200_000)
def edit_distance(one: str, other: str) -> int:
    """Letters to insert, drop, replace, or swap with their neighbour, to make one word the other."""
    if one == other:
        return 0
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        row = [i]
        for j, letter in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (char != letter))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == letter:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]


@lru_cache(maxsize=200_000)
def likeness(one: str, other: str) -> float:
    """0 to 1 for two folded words: typing, sound, the scanner's eye, short forms and initials."""
    if one == other:
        return 1.0
    if are_forms_of_one(one, other):
        return 0.95
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == 1:
        return 0.8 if longer.startswith(shorter) and not longer.isdigit() else 0.0
    if len(longer) > 2 * len(shorter) + 1 and not longer.startswith(shorter):
        return 0.0
    best = 1 - edit_distance(one, other) / len(longer)
    if best < 0.9:
        seen = looks_of(one), looks_of(other)
        best = max(best, 0.97 * (1 - edit_distance(*seen) / max(len(text) for text in seen)))
    sounds = sound_of(one), sound_of(other)
    if best < 0.92 and min(map(len, sounds)) >= 2:
        if sounds[0] == sounds[1]:
            best = max(best, 0.92)
        elif min(map(len, sounds)) >= 3:
            best = max(best, 0.9 * (1 - edit_distance(*sounds) / max(map(len, sounds))))
    if len(shorter) >= 4 and longer.startswith(shorter):
        best = max(best, 0.85)  # cut off by a form or a till
    return best


def _pair_up(one: tuple[str, ...], other: tuple[str, ...]) -> list[tuple[float, int, int]]:
    """Words that belong together, the likest first: (likeness, place in one, place in other); each word once."""
    used_one: set[int] = set()
    used_other: set[int] = set()
    pairs = []
    for i, word in enumerate(one):  # most words are the same, and comparing the rest costs
        j = next((j for j, theirs in enumerate(other) if theirs == word and j not in used_other), None)
        if j is not None:
            used_one.add(i)
            used_other.add(j)
            pairs.append((1.0, i, j))
    every = sorted(
        (
            (likeness(a, b), -abs(i - j), i, j)
            for i, a in enumerate(one)
            if i not in used_one
            for j, b in enumerate(other)
            if j not in used_other
        ),
        reverse=True,
    )
    for like, _near, i, j in every:
        if i not in used_one and j not in used_other:
            used_one.add(i)
            used_other.add(j)
            pairs.append((like, i, j))
    return pairs


# --- names ------------------------------------------------------------------------------------------------------


def _compare_names(one: Person, other: Person, shares: Mapping[str, float], found: _Evidence) -> bool:
    """Add what the names say; False when one has none."""
    mine, theirs = fold_words(one.name)[:_WORDS_MAX], fold_words(other.name)[:_WORDS_MAX]
    if not mine or not theirs:
        return False
    if mine != theirs and "".join(sorted(mine)) == "".join(sorted(theirs)):
        theirs = tuple(sorted(theirs))
        mine = tuple(sorted(mine))
    if len(mine) != len(theirs) and "".join(mine) == "".join(theirs):
        mine = theirs = max(mine, theirs, key=len)  # 'annamaria' is 'anna maria'
    pairs = _pair_up(mine, theirs)
    bits = [_word_bits(like, mine[i], theirs[j], shares) for like, i, j in pairs]
    total = sum(bits)
    unlike = sum(part < 0 for part in bits)
    if unlike == len(bits):
        found.add(max(total, -12.0), Reason.OTHER_NAME)
    elif unlike:
        found.add(total, Reason.OTHER_NAME)
    elif all(like >= 0.999 for like, _i, _j in pairs):
        in_order = all(i == j for _like, i, j in pairs)
        found.add(total, Reason.SAME_NAME if in_order else Reason.SWAPPED_NAME)
    else:
        found.add(total, Reason.SIMILAR_NAME)
    return True


def _word_bits(like: float, one: str, other: str, shares: Mapping[str, float]) -> float:
    share = max(shares.get(one, 0.0), shares.get(other, 0.0)) or _COMMON_UNKNOWN
    rare = min(10.0, max(3.0, -math.log2(share)))
    if like >= 0.999:
        return rare
    if like >= 0.9:
        return rare - 1.0
    if like >= 0.72:
        return rare * 0.7
    if like >= 0.6:
        return rare * 0.35
    if like >= 0.5:
        return -1.0
    return -6.0


# --- birthdays --------------------------------------------------------------------------------------------------


def _compare_births(
    one: tuple[int | None, int | None, int | None], other: tuple[int | None, int | None, int | None], found: _Evidence
) -> None:
    (year, month, day), (their_year, their_month, their_day) = one, other
    if not (month and day and their_month and their_day):
        return
    same_day = (month, day) == (their_month, their_day)
    if not year or not their_year:
        found.add(*((8.0, Reason.SAME_BIRTHDAY) if same_day else (-4.0, Reason.OTHER_BIRTHDAY)))
        return
    if same_day and year == their_year:
        found.add(13.0, Reason.SAME_BIRTHDAY)
        return
    swapped = year == their_year and (month, day) == (their_day, their_month)
    far = edit_distance(f"{year:04}{month:02}{day:02}", f"{their_year:04}{their_month:02}{their_day:02}")
    equal = (year == their_year) + (month == their_month) + (day == their_day)
    if swapped or (far == 1 and equal == 2):
        found.add(10.0, Reason.SIMILAR_BIRTHDAY)
    elif equal == 2:
        found.add(5.0, Reason.SIMILAR_BIRTHDAY)
    elif far <= 2:
        found.add(2.0, Reason.SIMILAR_BIRTHDAY)
    else:
        found.add(-5.0, Reason.OTHER_BIRTHDAY)


# --- addresses --------------------------------------------------------------------------------------------------


def _compare_addresses(one: Person, other: Person, found: _Evidence) -> None:
    bits = [
        part
        for part in (
            _postcode_bits(one.postcode, other.postcode),
            _city_bits(one.city, other.city),
            _street_bits(fold_words(one.street), fold_words(other.street)),
        )
        if part is not None
    ]
    if not bits:
        return
    # The parts of an address hang together, so together they say less than their sum.
    total = min(16.0, max(sum(bits), -4.0))
    if total >= 10.0:
        found.add(total, Reason.SAME_ADDRESS)
    elif total > 2.0:
        found.add(total, Reason.SIMILAR_ADDRESS)
    else:
        found.add(total, Reason.OTHER_ADDRESS if total < 0 else None)


def _postcode_bits(one: str, other: str) -> float | None:
    mine, theirs = "".join(fold_words(one)), "".join(fold_words(other))
    if not mine or not theirs:
        return None
    far = edit_distance(mine, theirs)
    if far == 0:
        return 6.0
    return 3.0 if far == 1 or sorted(mine) == sorted(theirs) else -1.5


def _city_bits(one: str, other: str) -> float | None:
    mine, theirs = "".join(fold_words(one)), "".join(fold_words(other))
    if not mine or not theirs:
        return None
    like = likeness(mine, theirs)
    if like >= 0.8:
        return 5.0 if like >= 0.999 else 4.0
    return 1.5 if like >= 0.6 else -1.5


def _street_bits(one: tuple[str, ...], other: tuple[str, ...]) -> float | None:
    if not one or not other:
        return None
    pairs = _pair_up(one[:12], other[:12])
    alike = [like for like, i, _j in pairs if like >= 0.75 and not one[i].isdigit()]
    numbers = {word for word in one if word.isdigit()}, {word for word in other if word.isdigit()}
    words = min(sum(not word.isdigit() for word in side) for side in (one, other))
    share = len(alike) / max(1, words)
    bits = 8.0 if share >= 0.66 and alike else 4.0 if share >= 0.4 and alike else -2.0
    if numbers[0] and numbers[1] and bits > 0:
        bits += 2.0 if numbers[0] & numbers[1] else -1.0
    return bits


# --- where to look ----------------------------------------------------------------------------------------------


def blocking_keys(person: Person) -> frozenset[str]:
    """Keys of which two records of one person almost surely share one: pairs without a common key are not compared.

    Each survives another kind of error: a misspelt name, a wrong date, a move, a new phone.
    """
    keys = {f"k:{kind}:{value}" for kind, value in person.keys}
    year, month, day = person.birth
    words = [word for word in fold_words(person.name)[:_WORDS_MAX] if len(word) > 1]
    sounds = sorted({sound_of(word) or word for word in words})
    keys |= {f"n:{first}:{second}" for first, second in combinations(sounds, 2)}
    if month and day:
        low, high = sorted((month, day))
        keys |= {f"b:{low}:{high}:{sound[:2]}:{(year or 0) % 100}" for sound in sounds}
        keys |= {f"d:{low}:{high}:{sound}" for sound in sounds}
        if year:
            keys |= {f"y:{year}:{month}:{sound}" for sound in sounds} | {f"z:{year}:{day}:{sound}" for sound in sounds}
            keys.add(f"f:{year}:{low}:{high}")
    postcode = "".join(fold_words(person.postcode))
    city = "".join(sound_of(word) for word in fold_words(person.city))
    street = [word for word in fold_words(person.street) if not word.isdigit() and len(word) > 3]
    for place in filter(None, (postcode, city)):
        keys |= {f"p:{place}:{sound}" for sound in sounds}
        keys |= {f"s:{place}:{sound_of(word)}" for word in sorted(street, key=len)[-2:]}
    return frozenset(keys)
