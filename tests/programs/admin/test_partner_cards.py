"""Cards of partners: their numbers, the till that finds members by them, and how many are used."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Role
from loyalty_site.ground.policy import system
from members.errors import CardMistyped
from members.models import CardIssuer, Identifier
from members.services import add_identifier, end_identifier, enrol_member, load_people
from members.services.loading import PersonLoad
from programs.models import Terminal
from programs.queries.partner_cards import with_use
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

pytestmark = pytest.mark.django_db
BOSS = system("tests")


@pytest.fixture
def boss(client: Client, shop: Shop) -> Client:
    shop.now = timezone.now()
    client.force_login(UserFactory(username="ada", role=Role.ADMINISTRATOR))
    return client


def add(boss: Client, **more: object) -> str:
    form = {"name": "Sky Miles", "prefix": "77", "length": "8", "check_rule": "luhn", **more}
    return boss.post(reverse("admin:members_cardissuer_add"), form, follow=True).content.decode()


def test_a_partners_card_finds_the_member_and_says_whose_it_is(boss: Client, shop: Shop):
    anna = shop.member()
    # Known before the partner was: it gets its issuer when the range is saved.
    early = add_identifier(member_id=anna.pk, kind="card", text="7700 0011", region="US", actor=BOSS, now=shop.now)
    assert early.issuer is None
    add(boss)
    issuer = CardIssuer.objects.get()
    early.refresh_from_db()
    assert early.issuer == issuer
    boris = shop.member("+12125550124", "Boris")
    card = add_identifier(member_id=boris.pk, kind="card", text="7700-0008", region="US", actor=BOSS, now=shop.now)
    assert card.issuer == issuer
    enrolled = enrol_member(name="Vera", identifiers=[("card", "77000024")], region="US", actor=BOSS, now=shop.now)
    people = [PersonLoad(values={"name": "Lev"}, keys=[("card", "77000032", "7700 0032"), ("card", "9", "9")])]
    (lev,) = load_people(people=people, source="import", now=shop.now)
    assert Identifier.objects.filter(issuer=issuer, member__in=[enrolled.pk, lev]).count() == 2
    with pytest.raises(CardMistyped):
        add_identifier(member_id=anna.pk, kind="card", text="7700 0004", region="US", actor=BOSS, now=shop.now)
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "earn"])
    till = ApiTill(shop.terminal, shop.now)
    assert till.post("lookup", {"any": "7700 0008"}, key=None).json()["member"]["name"] == "B."
    assert till.post("lookup", {"any": "7700 0004"}, key=None).json()["code"] == "card_mistyped"
    assert till.post("lookup", {"any": "7700 0040"}, key=None).json()["code"] == "member_not_found"
    assert till.post("sales", sale_body("5.00", member={"card": "77000008"})).status_code == 201
    end_identifier(identifier_id=early.pk, actor=BOSS, now=shop.now)
    row = with_use(CardIssuer.objects.all(), now=timezone.now()).get()
    assert (row.cards_issued, row.cards_ended, row.cards_month, row.cards_quarter) == (3, 1, 1, 1)
    page = boss.get(reverse("admin:members_cardissuer_changelist")).content.decode()
    assert "1 (33 %)" in page
    issuer.length = 9
    boss.post(
        reverse("admin:members_cardissuer_change", args=[issuer.pk]),
        {"name": "Sky Miles", "prefix": "77", "length": "9", "check_rule": "none"},
    )
    assert not Identifier.objects.filter(issuer__isnull=False).exists()


def test_ranges_do_not_overlap(boss: Client, shop: Shop):
    add(boss)
    assert "overlap with those of Sky Miles" in add(boss, name="Other", prefix="771")
    assert "Your own card numbers begin like this" in add(boss, name="Other", prefix="29", length="16")
    assert "A number is longer" in add(boss, name="Other", prefix="123456", length="6")
    assert CardIssuer.objects.count() == 1
