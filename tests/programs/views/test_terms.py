"""The public terms: everything that the published version promises, in each language, and nothing of the draft."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from programs.models import Program
from tests.factories.configuration import (
    CategoryFactory,
    CompanyFactory,
    ProgramFactory,
    RewardFactory,
    RuleFactory,
    TierFactory,
    publish,
)
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = open_shop(
        welcome_points=50,
        welcome_days=30,
        redeem_minimum=100,
        redeem_step=10,
        activation_days=2,
        idle_months=6,
        return_days=14,
        restore_grace_days=7,
    )
    shop.now = timezone.now()
    program = shop.program
    TierFactory(program=program, key="gold", name="Gold", threshold=500, multiplier="1.5")
    RewardFactory(program=program, key="cake", name="A cake", cost=50, effect={"type": "amount_off", "amount": "3.50"})
    CategoryFactory(code="dairy", name="Dairy goods")
    RuleFactory(
        program=program,
        key="school",
        name="School season",
        conditions=[
            {"type": "category", "codes": ["dairy"]},
            {"type": "season", "from": "08-01", "to": "09-15"},
            {"type": "dates", "from": "2026-12-24"},
        ],
        effect={"type": "percent_off", "percent": "12.5", "most": "20"},
    )
    publish(program, at=shop.now)
    return shop


def lines_of(client: Client, language: str = "en") -> list[str]:
    page = client.get("/terms/", {"lang": language}).content.decode()
    return [re.sub(r"<[^>]+>", "", line) for line in re.findall(r"<li>(?!<a)(.*?)</li>", page)]


def test_all_that_is_promised_is_said(shop: Shop, client: Client):
    assert lines_of(client) == [
        "You earn points with every purchase: 1 for each 1.00 USD.",
        "Points are counted on the prices after all discounts.",
        "The part of a bill that you pay with points earns none.",
        "Times-A. Points times 2, when the article is of A.",
        "Times-B. Points times 3, when the article is of B.",
        "School season. 12.5 % off, at most 20 USD, when the article is of Dairy goods and it is between August 1 and "
        "September 15 of any year and it is Dec. 24, 2026 or later.",
        "New members are given 50 points at once.",
        "The welcome gift is good for 30 days.",
        "Gold. From 500 USD on: points times 1.5.",
        "What was spent altogether counts for the tier.",
        "A tier that was reached is kept.",
        "You pay with them: 100 points are worth 1.00 USD, for up to 50 % of a bill.",
        "You can spend from 100 points on.",
        "You spend them in steps of 10 points.",
        "A cake. 3.50 USD off for 50 points.",
        "Points can be spent 2 days after the purchase.",
        "Points burn 12 months after the purchase.",
        "All points burn after 6 months without a purchase.",
        "Goods can be brought back for 14 days.",
        "The points that the goods brought are taken back, those that you paid with are given back.",
        "Where their day has passed meanwhile, you can spend them for 7 more days.",
        "Where you have spent points already that are taken back, what you earn next pays for them.",
    ]


def test_the_draft_is_not_in_it(shop: Shop, client: Client):
    before = lines_of(client)
    Program.objects.update(earn_points=9, redeem_max_percent=10)
    assert lines_of(client) == before


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ru", "ltr"), ("he", "rtl")])
def test_it_is_a_plain_page_for_anybody(shop: Shop, client: Client, language: str, direction: str):
    answer = client.get("/terms/", {"lang": language})
    page = answer.content.decode()
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert ("12,5" if language == "ru" else "12.5") in page
    assert {"en": "August 1", "ru": "1 августа", "he": "1 באוגוסט"}[language] in page
    assert "<script" not in page
    assert "<form" not in page
    assert not answer.cookies
    assert client.post("/terms/").status_code == 405


def test_codes_are_named_and_kept_whole_in_hebrew(shop: Shop, client: Client):
    assert "\u2068Dairy goods\u2069" in client.get("/terms/", {"lang": "he"}).content.decode()


def test_what_is_published_for_a_day_to_come_is_announced(shop: Shop, client: Client):
    Program.objects.update(earn_points=2, return_days=None)
    first = shop.now + dt.timedelta(days=40)
    publish(Program.objects.get(), at=shop.now, effective_from=first)
    Program.objects.update(welcome_points=0)
    publish(Program.objects.get(), at=shop.now, effective_from=first + dt.timedelta(days=30))
    page = client.get("/terms/", {"lang": "en"}).content.decode()
    now, one, two = page.split('<h2 class="coming">')
    assert "1 for each 1.00 USD" in now
    assert one.startswith(f"From {date_format(first, 'DATE_FORMAT')}<")
    gone = one.partition("This no longer applies then")
    assert "2 for each 1.00 USD" in gone[0]
    assert "Goods can be brought back for 14 days" in gone[2]
    assert "New members are given" not in one
    assert "New members are given 50 points" in two.partition("This no longer applies then")[2]


def test_terms_of_a_first_version_to_come_are_there_before_it_counts(client: Client):
    CompanyFactory()
    program = ProgramFactory()
    publish(program, at=timezone.now(), effective_from=timezone.now() + dt.timedelta(days=3))
    answer = client.get("/terms/", {"lang": "en"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "You earn points with every purchase" in page.partition('<h2 class="coming">')[2]
    assert "Not published" not in page


def test_without_a_programme_it_says_so(client: Client):
    answer = client.get("/terms/")
    assert answer.status_code == 404
    assert "There is no programme yet" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expiry_kind": "never", "idle_months": None}, "Points do not burn with time."),
        ({"expiry_kind": "days", "expiry_days": 1, "activation_days": 0}, "Points burn 1 day after the purchase."),
        ({"expiry_kind": "year_end", "expiry_years": 0}, "31 December of the year in which they were earned"),
        ({"expiry_kind": "year_end", "expiry_years": 2}, "31 December, 2 years after the year"),
        ({"negative_policy": "floor", "negative_floor": 70}, "pays for them, up to 70."),
        ({"earn_before_discounts": True, "redeem_max_points": 500}, "at most 500 points"),
    ],
)
def test_what_else_can_be_set_is_said(shop: Shop, client: Client, changes: dict, words: str):
    Program.objects.update(**changes)
    publish(Program.objects.get(), at=shop.now)
    assert any(words in line for line in lines_of(client)), lines_of(client)


def test_who_joins_finds_it(shop: Shop, client: Client):
    assert 'href="/terms/?lang=en"' in client.get("/join/", {"lang": "en"}).content.decode()
