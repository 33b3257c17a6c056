"""Before a programme starts: questions with a yes or a no that find the wrong reasons for one, and the trades for which a
mechanic is not made. Pure.

A programme does not mend what is wrong elsewhere, and where people come back anyway it costs and brings nothing: more
than half of those that failed were of no use to the people they were for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loyalty_site.ground.errors import Said
from programs.rules.documents import Compiled

PRICE = "price"


@dataclass(frozen=True, slots=True)
class Question:
    """`warns` is the answer that speaks against the programme (None: only together with the draft), `against` says why."""

    key: str
    asked: Said
    why: Said
    against: Said
    warns: bool | None


STABLE = Question(
    "stable",
    Said("Is the company doing well, with nothing that worries you?"),
    Said("A programme is a promise for years."),
    Said("the company is not stable now: settle what worries you first, and promise customers nothing until then"),
    warns=False,
)
COUNTED = Question(
    "counted",
    Said("Do you know what the programme is to change, in a figure, and by when?"),
    Said("More visits of the same people, for example, or fewer who stay away."),
    Said("there is no goal that could be counted: that the owner wishes for a programme is not one"),
    warns=False,
)
ELSEWHERE = Question(
    "elsewhere",
    Said("Do customers complain about something that the programme will not change?"),
    Said("Dirty rooms, a rude word, empty shelves, a price that is plainly too high."),
    Said("people leave for another reason: put that right first, points do not make up for it"),
    warns=True,
)
ONLY_MONEY = Question(
    "only_money",
    Said("Is money off the only thing that you think brings people back?"),
    Said("Attention, time and respect bring more people back than a discount does, and rivals cannot copy them."),
    Said("money alone seldom keeps anybody: whoever comes for a discount leaves for a larger one"),
    warns=True,
)
ASKED = Question(
    "asked",
    Said("Have you asked some of your regulars whether they would care for it?"),
    Said("Ten of them are enough to begin with."),
    Said("nobody has asked the regulars: most programmes that fail are of no use to them"),
    warns=False,
)
UNIQUE = Question(
    "unique",
    Said("Do people come back anyway, because nobody else has what you sell or serves so well?"),
    Said("Then a programme pays them for what they do without it."),
    Said("people come back without a programme: no programme may be the better choice"),
    warns=True,
)
OFTEN = Question(
    "often",
    Said("Do most customers buy at least once a month?"),
    Said("Collecting is for what is bought often; tiers are for flights and insurance, bought seldom."),
    Said(
        "people buy seldom here: who waits months for points forgets them; tiers or terms of service fit such a trade better"
    ),
    warns=None,
)
TERMS = Question(
    "terms",
    Said("Do delivery, credit or speed decide where your customers buy?"),
    Said("As with building materials, furniture, and most that companies buy."),
    Said("where delivery and credit decide, better terms of service keep people longer than a special price"),
    warns=None,
)
COPIED = Question(
    "copied",
    Said("Does a rival nearby already give what this programme is to be known for?"),
    Said("Whoever comes second with the same is not noticed."),
    Said("a rival is known for the same already: find a key factor of your own instead of copying"),
    warns=True,
)
QUESTIONS = (STABLE, COUNTED, ELSEWHERE, ONLY_MONEY, ASKED, UNIQUE, OFTEN, TERMS, COPIED)

# So many reasons against it, and none may be better.
MANY = 3


def reasons_against(answers: Mapping[str, bool], version: Compiled | None, key_factor: str) -> list[Said]:
    """What speaks against the programme of a draft as it was answered; `version` is None where it cannot be compiled."""
    found = [
        question.against
        for question in QUESTIONS
        if question.warns is not None and answers.get(question.key) is question.warns
    ]
    if answers.get(OFTEN.key) is False and version is not None and collects(version) and not version.tiers:
        found.append(OFTEN.against)
    if answers.get(TERMS.key) is True and key_factor == PRICE:
        found.append(TERMS.against)
    if len(found) >= MANY and UNIQUE.against not in found:
        found.append(Said("so much speaks against it that no programme may be the better choice"))
    return found


def unanswered(answers: Mapping[str, bool]) -> list[Question]:
    """The questions that nobody has answered yet."""
    return [question for question in QUESTIONS if question.key not in answers]


def known_answers(answers: Iterable[tuple[str, object]]) -> dict[str, bool]:
    """Answers with a yes or a no to questions that there are; the rest is left out."""
    keys = {question.key for question in QUESTIONS}
    return {key: answer for key, answer in answers if key in keys and isinstance(answer, bool)}


def collects(version: Compiled) -> bool:
    """Whether customers collect something over several purchases: points or stamps."""
    return bool(version.rate or version.rules.rules or version.stamp_cards)
