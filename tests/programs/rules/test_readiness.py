"""Questions before the start, and what their answers say against a programme."""

from __future__ import annotations

import pytest

from programs.rules.documents import compile_document
from programs.rules.readiness import QUESTIONS, known_answers, reasons_against, unanswered
from programs.rules.starters import STARTERS, starter_document

GOOD = {one.key: not one.warns for one in QUESTIONS} | {"often": True, "terms": False}
BY_KEY = {
    one.key: compile_document(starter_document(one, currency="EUR", exponent=2, time_zone="UTC"))
    for one in STARTERS
    if one.key in {"cashback", "metals"}
}


def said(answers: dict[str, bool], starter: str = "cashback", factor: str = "price") -> list[str]:
    return [str(one) for one in reasons_against(answers, BY_KEY[starter], factor)]


def test_nothing_speaks_against_a_good_start():
    assert said(GOOD) == []
    assert unanswered(GOOD) == []


@pytest.mark.parametrize("question", [one for one in QUESTIONS if one.warns is not None], ids=lambda one: one.key)
def test_each_wrong_reason_is_said(question):
    assert said(GOOD | {question.key: question.warns}) == [str(question.against)]


def test_collecting_is_for_what_is_bought_often():
    assert "tiers or terms of service fit" in said(GOOD | {"often": False})[0]
    assert said(GOOD | {"often": False}, "metals") == []


def test_terms_of_service_are_for_where_they_decide():
    assert "delivery and credit" in said(GOOD | {"terms": True})[0]
    assert said(GOOD | {"terms": True}, factor="service") == []


def test_no_programme_may_be_the_better_choice():
    assert "no programme may be the better choice" in said(GOOD | {"unique": True})[0]
    many = said(GOOD | {"stable": False, "asked": False, "copied": True})
    assert len(many) == 4
    assert "no programme may be the better choice" in many[-1]


def test_only_answers_to_questions_are_kept():
    kept = known_answers([("stable", True), ("stable2", True), ("asked", "yes"), ("often", False)])
    assert kept == {"stable": True, "often": False}
    assert len(unanswered(kept)) == len(QUESTIONS) - 2
