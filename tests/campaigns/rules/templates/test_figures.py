"""Numbers, money and days as members read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from campaigns.rules.templates.fields import first_name_of
from campaigns.rules.templates.figures import amount_text, date_text, money_text, number_text


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        (0, "en", "0"),
        (1234567, "en", "1,234,567"),
        (1234567, "ru", "1_234_567"),
        (-1234.5, "he", "-1,234.5"),
        (Decimal("1234.50"), "ru", "1_234,50"),
        (3.0, "en", "3"),
        (5, "xx", "5"),
    ],
)
def test_numbers(value: float | Decimal, language: str, shown: str):
    assert number_text(value, language).replace("\u00a0", "_") == shown


def test_amounts_keep_the_decimals_of_their_programme():
    assert amount_text(125000, 2, "en") == "1,250.00"
    assert amount_text(1250, 0, "en") == "1,250"


@pytest.mark.parametrize(
    ("currency", "exponent", "language", "shown"),
    [
        ("USD", 2, "en", "$12.50"),
        ("RUB", 2, "en", "RUB_12.50"),
        ("RUB", 2, "ru", "12,50_₽"),
        ("ILS", 2, "he", "12.50_₪"),
        ("JPY", 0, "en", "¥1,250"),
    ],
)
def test_money(currency: str, exponent: int, language: str, shown: str):
    assert money_text(1250, currency, exponent, language).replace("\u00a0", "_").replace("\u200f", "") == shown


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "10 March 2026"), ("ru", "10 марта 2026"), ("he", "10 במרץ 2026")]
)
def test_days(language: str, shown: str):
    assert date_text(dt.date(2026, 3, 10), language) == shown


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Anna Smith", "Anna"),
        ("Smith, Anna", "Anna"),
        ("Anna", "Anna"),
        ("", ""),
        ("  Anna   B  Smith ", "Anna"),
        ("Иванова Анна Петровна", "Анна"),
        ("Петров Пётр Ильич", "Пётр"),
        ("Анна Иванова", "Анна"),
        ("דנה כהן", "דנה"),
        ("STELLA MAY", "Stella"),
        ("АННА-МАРИЯ", "Анна-Мария"),
        ("J Smith", "J"),
    ],
)
def test_first_names(name: str, first: str):
    assert first_name_of(name) == first


def test_a_company_is_addressed_by_its_whole_name():
    assert first_name_of("Corner Shop Ltd", is_company=True) == "Corner Shop Ltd"
