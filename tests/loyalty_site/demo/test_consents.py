"""Asking for consent in the demonstration: once a person, with proof, and found again by a second run."""

from __future__ import annotations

import datetime as dt

from loyalty_site.demo.consents import ask, figures
from members.models import Consent, Purpose
from tests.programs.shop import Shop, open_shop


def test_everybody_who_bought_is_asked_once(db):
    shop: Shop = open_shop()
    for number in range(12):
        member = shop.member(phone=f"+1212555{100 + number:04}")
        shop.sell({"A": "10.00"}, member)
        shop.sell({"A": "10.00"}, member)
    until = shop.now + dt.timedelta(days=90)
    assert ask(until=until)
    assert not ask(until=until)
    kept = Consent.objects.filter(purpose=Purpose.PROCESSING)
    assert kept.count() == 12
    assert all(consent.proof.startswith("receipt ") and consent.wording for consent in kept)
    offers = Consent.objects.filter(purpose=Purpose.MARKETING, action="granted").count()
    assert figures().startswith(f"{offers} agreed to offers")
    assert 0 < offers < 12
