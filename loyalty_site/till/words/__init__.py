"""Every word of the till page, by the key that its scripts ask for. A test compares the two.

A word is a lazy translation, or a function of a count that chooses the form: `lambda count: ngettext(..., count)`.
"""

from __future__ import annotations

from loyalty_site.till.words.offline import OFFLINE
from loyalty_site.till.words.people import PEOPLE
from loyalty_site.till.words.selling import SELLING
from loyalty_site.till.words.shell import SHELL

WORDS: dict[str, object] = {**SHELL, **SELLING, **PEOPLE, **OFFLINE}
# A number of each of CLDR's categories in the languages we speak; the page's Intl.PluralRules names the same ones. Of
# "other" (in Russian fractions only: 1,5 балла) one that takes the form which a fraction has.
_SAMPLES = {"one": 1, "two": 2, "few": 3, "many": 5, "other": 3}


def words_in() -> dict[str, str | dict[str, str]]:
    """{key: text, or {plural category: text}} in the active language; the page fills in %(name)s."""
    return {
        key: {category: str(word(count)) for category, count in _SAMPLES.items()} if callable(word) else str(word)
        for key, word in WORDS.items()
    }
