"""Files of stores: whose they are, what they are called, and what an undo leaves alone."""

from __future__ import annotations

import pytest

from loyalty_site.ground.models import Company
from programs.models import Cashier, Partner, Store
from tests.programs.services.importing.things.bringing import bring, check, outcomes, undo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    Company.objects.create(pk=1, name="C", time_zone="Europe/Riga")


@pytest.fixture
def own():
    return Partner.objects.create(name="Corner Market", code="corner")


def stores():
    return sorted(Store.objects.values_list("code", "name", "city", "time_zone", "is_open"))


FILE = (
    "Код;Магазин;Город;Часовой пояс;Работает\n"
    "M-1;На Ленина;Тверь;Europe/Moscow;да\n"
    "M-2;Речной;Рига;;нет\n"
    "М№3;Кириллица;;;\n"
    "M-4;Где;Там;Nowhere/Land;может быть\n"
)
BROUGHT = [
    ("M-1", "На Ленина", "Тверь", "Europe/Moscow", True),
    ("M-2", "Речной", "Рига", "Europe/Riga", False),
    ("M-4", "Где", "Там", "Europe/Riga", True),
]


def test_brought_in_again_and_taken_back(own):
    batch = check("stores", FILE)
    assert outcomes(batch)[2] == (4, "reject", "store_code_unreadable")
    assert batch.rows.get(line=5).warnings == ["time_zone_unreadable", "is_open_unreadable"]
    assert not Store.objects.exists()
    batch = bring("stores", FILE)
    assert stores() == BROUGHT
    again = bring("stores", FILE)
    assert (again.totals["created"], again.totals["updated"]) == (0, 0)
    Cashier.objects.create(store=Store.objects.get(code="M-1"), name="Ann", number="1")
    batch = undo(batch)
    assert [one[0] for one in stores()] == ["M-1"]
    assert batch.rows.get(line=2).undo == "working"
    assert (batch.totals["removed"], batch.totals["kept"]) == (2, 1)


def test_a_known_store_is_changed_and_comes_back(own):
    Store.objects.create(partner=own, code="a", name="Old", city="Rome", time_zone="Europe/Rome")
    batch = bring("stores", "store code,store name,city,open\na,New,,closed\n")
    assert stores() == [("a", "New", "Rome", "Europe/Rome", False)]
    undo(batch)
    assert stores() == [("a", "Old", "Rome", "Europe/Rome", True)]


def test_stores_without_codes_are_known_by_their_names(own):
    known = Store.objects.create(partner=own, code="first", name="На Ленина")
    content = "Магазин;Город\nНа Ленина;Тверь\nРечной вокзал;Москва\n"
    batch = bring("stores", content)
    assert outcomes(batch) == [(2, "update", ""), (3, "create", "")]
    known.refresh_from_db()
    assert known.city == "Тверь"
    assert Store.objects.get(city="Москва").code == "rechnoi-vokzal"
    assert [one[1] for one in outcomes(bring("stores", content))] == ["unchanged", "unchanged"]


def test_whose_stores_they_are(own):
    other = Partner.objects.create(name="Brewery", code="brew")
    content = "code,name,partner\na,A,BREW\nb,B,\nc,C,Nobody\n"
    assert outcomes(check("stores", content)) == [
        (2, "create", ""),
        (3, "reject", "partner_missing"),
        (4, "reject", "partner_unknown"),
    ]
    bring("stores", content, terms={"partner": own.pk})
    assert dict(Store.objects.values_list("code", "partner")) == {"a": other.pk, "b": own.pk}


def test_hebrew_headings(own):
    batch = check("stores", "קוד סניף;שם סניף;עיר;פעיל\n7;מרכז;חיפה;כן\n")
    assert [field for _, field in batch.mapping] == ["code", "name", "city", "is_open"]
    assert outcomes(batch) == [(2, "create", "")]
