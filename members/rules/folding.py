"""Names of any of our scripts in plain Latin letters, and how they sound: what duplicates are looked for by."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = dict(
    zip(
        "абвгдезийклмнопрстуфхцчшщъыьэюяжіїєґў",
        "a b v g d e z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya zh i i e g u".replace("_", "-").split(),
        strict=True,
    )
) | {"ё": "e"}
# Hebrew writes hardly any vowels; vav and yod may be either. They stay letters here and fall in the sound.
_HEBREW = dict(
    zip(
        "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
        [
            "a",
            "b",
            "g",
            "d",
            "h",
            "v",
            "z",
            "h",
            "t",
            "y",
            "k",
            "k",
            "l",
            "m",
            "m",
            "n",
            "n",
            "s",
            "a",
            "p",
            "f",
            "ts",
            "ts",
            "k",
            "r",
            "sh",
            "t",
        ],
        strict=True,
    )
)
_LATIN = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
_LETTERS = {
    char: "" if plain == "-" else plain for table in (_CYRILLIC, _HEBREW, _LATIN) for char, plain in table.items()
}
# How Latin spellings of Russian names are read back; what several letters stand for comes first.
_PAIRS = (
    "shch:щ sch:щ sh:ш ch:ч zh:ж kh:х ts:ц ya:я yu:ю yo:е ye:е ia:ия iu:ию ey:ей ay:ай oy:ой uy:уй iy:ий yy:ый "
    "a:а b:б v:в g:г d:д e:е z:з i:и k:к l:л m:м n:н o:о p:п r:р s:с t:т u:у f:ф h:х c:к y:ы j:й w:в q:к x:кс"
)
_RUSSIAN_OF: dict[str, str] = dict(pair.split(":") for pair in _PAIRS.split())
# Dmitry, Yury: the last letter stands for two, of which the first is enough to find them.
_LAST_Y = re.compile(r"(?<=[^aeiouy\s])y\b")
_LATIN_PIECES = re.compile("|".join(sorted(_RUSSIAN_OF, key=len, reverse=True)))
_RUSSIAN = re.compile("[а-яё]")
_LATIN_WORDS = re.compile(r"^[a-z][a-z\s'-]*$")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = re.compile(r"['’ʼ`´׳״\"]")

# How it sounds, longest first: spellings of one sound in English, German, French and in transliterations.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"shch|sch|tch|tsch|sh|ch|zh|cz|sz", "s"),
        (r"tz|ts|tc", "s"),
        (r"ph|pf", "f"),
        (r"^kn|^gn", "n"),
        (r"^wr", "r"),
        (r"^mac|^mc", "mk"),
        (r"ck|kh|gh|q", "k"),
        (r"th|dt", "t"),
        (r"x", "ks"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"[zj]", "s"),
        (r"w", "v"),
        (r"(?<!^)h", ""),
    )
]
_VOWELS = re.compile(r"[aeiouy]+")
_TWICE = re.compile(r"(.)\1+")
# What a scanner and a hasty hand confuse.
_LOOKS = str.maketrans({"0": "o", "1": "l", "5": "s", "8": "b", "6": "g", "2": "z", "9": "g", "4": "a", "|": "l"})


@lru_cache(maxsize=50_000)
def fold_words(text: str) -> tuple[str, ...]:
    """The words of a name or address in plain small Latin letters and digits: 'Пётр О’Нил' -> ('petr', 'onil')."""
    small = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold().replace("ё", "е"))
    plain = "".join(
        _LETTERS.get(char, char)
        for char in unicodedata.normalize("NFKD", small.replace("й", "и"))
        if not unicodedata.combining(char)
    )
    words = [word for word in _NOT_WORD.sub(" ", plain).split() if word]
    return tuple(words)


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """The consonants of a folded word as they sound, the first vowel as 'a': 'Meyer', 'Maier' -> 'mr'; '' of digits."""
    letters = word.translate(_LOOKS)
    for pattern, sound in _SOUNDS:
        letters = pattern.sub(sound, letters)
    first = "a" if letters[:1] in "aeiouyh" and letters else ""
    rest = _VOWELS.sub("", letters.lstrip("h"))
    return first + _TWICE.sub(r"\1", rest)


def in_other_letters(name: str) -> str:
    """A folded name (rules.text.search_form) as people write it in the other letters: 'sergey ivanov' ->
    'сергей иванов' and back; "" for what is neither Latin nor Russian."""
    if _RUSSIAN.search(name):
        return " ".join("".join(_LETTERS.get(char, char) for char in word) for word in name.split())
    if not _LATIN_WORDS.match(name):
        return ""
    return _LATIN_PIECES.sub(lambda found: _RUSSIAN_OF[found[0]], _LAST_Y.sub("i", name))


def looks_of(word: str) -> str:
    """A folded word as a scanner may have read it: rn is m, vv is w, digits are the letters they look like."""
    return word.translate(_LOOKS).replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("ii", "u")
