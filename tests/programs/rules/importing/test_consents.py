"""What a row says of consents."""

from __future__ import annotations

import datetime as dt

import pytest

from programs.rules.importing.consents import Answered, answer_of, read_said, spread
from programs.rules.importing.days import DayWay
from programs.rules.importing.headings import fields_of

TODAY = dt.date(2026, 1, 15)
EVIDENCE = {"on": "2024-05-01", "how": "form at the till"}


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        *[(cell, "yes") for cell in ("yes", "Да", "כן", "1", "TRUE", "✓", "+", " Subscribed ")],
        *[(cell, "no") for cell in ("no", "Нет", "לא", "0", "-", "FALSE", "нет согласия", "Не согласна")],
        *[(cell, "out") for cell in ("Unsubscribed", "opt-out", "отписался", "Отказ", "הוסר")],
        *[(cell, "") for cell in ("", "?", "maybe", "yes?", "да ???", "n/a", "yes please no", "2024-05-01", "10")],
    ],
)
def test_only_what_is_clear_is_an_answer(cell: str, answer: str):
    assert answer_of(cell) == answer


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["Phone", "SMS consent"], ["phone", "consent"]),  # alone, it is asked what it is about
        (["E-mail", "Email opt-in", "SMS opt-in"], ["email", "consent_email", "consent_sms"]),
        (
            ["Телефон", "Согласие на рассылку", "Согласие на обработку данных"],
            ["phone", "consent", "consent_processing"],
        ),
        (["טלפון", "הסכמה לדיוור במייל", "הסכמה לשיחות"], ["phone", "consent_email", "consent_phone"]),
        (
            ["Phone", "Consent", "Consent date", "Consent source", "Consent text version"],
            ["phone", "consent", "consent_date", "consent_source", "consent_wording"],
        ),
        (
            ["Телефон", "Согласие", "Дата согласия", "Источник согласия", "Редакция согласия"],
            ["phone", "consent", "consent_date", "consent_source", "consent_wording"],
        ),
    ],
)
def test_headings_about_consents(headings: list[str], fields: list[str]):
    assert fields_of(headings) == fields


def test_evidence_is_a_certain_day_and_a_way():
    cells = {"consent": "yes", "consent_date": "01.05.2024", "consent_source": " form  at the till "}
    assert read_said(cells, way=DayWay("dmy"), today=TODAY) == Answered(
        {"consent": "yes"}, "2024-05-01", "form at the till"
    )
    for day in ("", "03.04.2024", "32.01.2024", "01.05.2030"):
        said = read_said({**cells, "consent_date": day}, way=DayWay(""), today=TODAY)
        assert said is not None
        assert not said.has_evidence
    assert read_said({"consent": "perhaps"}, way=DayWay(""), today=TODAY) is None
    assert read_said({"phone": "yes"}, way=DayWay(""), today=TODAY) is None


@pytest.mark.parametrize(
    ("answers", "channels", "declared", "told"),
    [
        ({"consent": "yes"}, ["email"], True, [("marketing", "email", "yes", "")]),
        ({"consent": "yes"}, ["email"], False, [("marketing", "email", "yes", "no_source")]),
        ({"consent": "yes"}, [], True, [("marketing", "", "yes", "no_channel")]),
        ({"consent": "no"}, ["email"], False, [("marketing", way, "no", "") for way in ("email", "sms", "phone")]),
        ({"consent_processing": "yes"}, [], True, [("processing", "", "yes", "")]),
        (
            {"consent": "yes", "consent_sms": "out"},
            ["email", "sms"],
            True,
            [("marketing", "email", "yes", ""), ("marketing", "sms", "out", "")],
        ),
    ],
)
def test_what_an_answer_is_about(answers: dict[str, str], channels: list[str], declared: bool, told: list[object]):
    assert spread(Answered(answers, **EVIDENCE), channels, is_declared=declared) == told


def test_without_evidence_a_yes_counts_nothing():
    assert [why for *_, why in spread(Answered({"consent": "yes"}, on="2024-05-01"), ["email"], is_declared=True)] == [
        "no_evidence"
    ]
