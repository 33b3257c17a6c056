"""Evidence for one person: every kind of slip, several scripts, and who is not the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules.duplicates import Person, Reason, blocking_keys, compare, edit_distance, likeness
from members.rules.folding import fold_words, sound_of

DAY = (1980, 5, 12)
HOME = {"city": "Springfield", "street": "12 Evergreen Terrace", "postcode": "49007"}
PHONE = frozenset({("phone", "+12125550123")})

SAME = {
    "typing": (Person("Anna Petrova", DAY), Person("Anna Pterova", DAY)),
    "swapped names": (Person("Anna Petrova", DAY), Person("Petrova Anna", DAY)),
    "Cyrillic and Latin": (Person("Юрий Щербаков", DAY), Person("Yuri Shcherbakov", DAY)),
    "Hebrew and Latin": (Person("דוד כהן", DAY), Person("David Cohen", DAY)),
    "Hebrew and Cyrillic": (Person("יעקב לוין", DAY), Person("Яков Левин", DAY)),
    "sound": (Person("Stephen Meyer", DAY), Person("Steven Maier", DAY)),
    "scanner": (Person("Maria Comer", DAY), Person("Maria Corner", DAY)),
    "digit for a letter": (Person("Laura Bloom", DAY), Person("Laura B1oom", DAY)),
    "nickname": (Person("William Turner", DAY), Person("Bill Turner", DAY)),
    "Russian nickname": (Person("Александр Попов", DAY), Person("Саша Попов", DAY)),
    "day and month swapped": (Person("Anna Petrova", (1980, 5, 12)), Person("Anna Petrova", (1980, 12, 5))),
    "a digit of the birthday": (Person("Anna Petrova", (1980, 5, 12)), Person("Anna Petrova", (1989, 5, 12))),
    "no birthday": (Person("Homer Simpson", DAY, **HOME), Person("Homer Simpsom", **HOME)),
    "no first name": (Person("Homer Simpson", DAY, **HOME), Person("Simpson", DAY, **HOME)),
    "no name at all": (Person("Homer Simpson", DAY, **HOME), Person("", DAY, **HOME)),
    "married and moved": (Person("Anna Petrova", DAY, keys=PHONE), Person("Anna Sidorova", DAY, keys=PHONE)),
    "the same phone": (Person("Anna Petrova", keys=PHONE), Person("Anya Petrova", keys=PHONE)),
    "without a year": (Person("Anna Petrova", (None, 5, 12)), Person("Anna Petrova", DAY)),
}
OTHER = {
    "namesakes": (Person("Ivan Ivanov", (1980, 5, 12)), Person("Ivan Ivanov", (1951, 9, 3))),
    "namesakes of whom nothing is known": (Person("Ivan Ivanov"), Person("Ivan Ivanov")),
    "a couple": (Person("Homer Simpson", DAY, **HOME), Person("Marge Bouvier", (1981, 3, 19), **HOME)),
    "a couple with one phone": (Person("Anna Petrova", keys=PHONE), Person("Ivan Petrov", keys=PHONE)),
    "born on one day": (Person("Anna Petrova", DAY), Person("Sergei Kim", DAY)),
    "a firm and its owner": (Person("Anna Petrova", DAY), Person("Anna Petrova", DAY, kind="company")),
}


@pytest.mark.parametrize("case", SAME)
def test_one_person_twice_is_proposed(case: str):
    one, other = SAME[case]
    verdict = compare(one, other)
    assert verdict.is_probable, verdict
    assert verdict == compare(other, one)
    assert blocking_keys(one) & blocking_keys(other)


@pytest.mark.parametrize("case", OTHER)
def test_two_people_are_not(case: str):
    shares = {"ivan": 0.05, "ivanov": 0.03}
    verdict = compare(*OTHER[case], shares=shares)
    assert not verdict.is_probable, verdict


def test_a_rare_name_says_more_than_a_common_one():
    one, other = Person("Ivan Ivanov"), Person("Ivan Ivanov")
    assert compare(one, other, shares={"ivan": 0.05}).score < compare(one, other, shares={"ivan": 0.001}).score


def test_the_reasons_name_what_speaks_against():
    verdict = compare(Person("Anna Petrova", DAY, **HOME), Person("Olga Petrova", DAY, **HOME))
    assert Reason.OTHER_NAME in verdict.reasons
    assert Reason.SAME_BIRTHDAY in verdict.reasons


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Пётр О’Нил", ("petr", "onil")),
        ("  Łukasz  MÜLLER ", ("lukasz", "muller")),
        ("כהן", ("khn",)),
        ("", ()),
    ],
)
def test_names_fold_to_plain_letters(text: str, words: tuple[str, ...]):
    assert fold_words(text) == words


@pytest.mark.parametrize(("one", "other"), [("meyer", "maier"), ("philips", "filips"), ("schmidt", "shmit")])
def test_spellings_of_one_sound(one: str, other: str):
    assert sound_of(one) == sound_of(other)


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8))
def test_distance_and_likeness_have_no_sides(one: str, other: str):
    assert edit_distance(one, other) == edit_distance(other, one) <= max(len(one), len(other))
    if one and other:
        assert likeness(one, other) == likeness(other, one)
        assert 0 <= likeness(one, other) <= 1
