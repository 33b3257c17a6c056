"""The back office's pages with real rows: what they say, what they do, and how many questions they ask."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Audit, Role
from loyalty_site.ground.rules.qr import qr_drawing
from members.models import CurrentConsent, Identifier, Member
from members.services.profile import change_profile
from programs.models import Program, ProgramVersion, Purchase, Rule, Terminal, TerminalState
from programs.services.tills import enrol_terminal
from tests.factories.configuration import ProgramFactory, TierFactory, UserFactory
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def admin(shop: Shop) -> Client:
    client = Client()
    client.force_login(UserFactory(username="boss"))
    return client


def text_of(client: Client, name: str, *args: object, **query: str) -> str:
    """The words of a page, without tags, on one line."""
    response = client.get(reverse(f"admin:{name}", args=args), query)
    assert response.status_code == 200
    body = response.content.decode().partition('id="content"')[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


class TestPeople:
    @pytest.mark.parametrize(
        "spelling", ["+1 212 555 0123", "(212) 555-0123", "2125550123", "anna", "PETROV", "Petrova Anna"]
    )
    def test_found_by_anything(self, admin: Client, shop: Shop, spelling: str):
        shop.member(phone="+12125550123", name="Anna Petrova")
        shop.member(phone="+12125550124", name="Boris Smith")
        page = text_of(admin, "members_member_changelist", q=spelling)
        assert "Anna Petrova" in page
        assert "Boris Smith" not in page

    def test_a_misspelt_name_still_finds(self, admin: Client, shop: Shop):
        shop.member(name="Anastasia Kuznetsova")
        assert "Anastasia Kuznetsova" in text_of(admin, "members_member_changelist", q="Kuznetzova")

    def test_more_rows_do_not_cost_more_questions(self, admin: Client, shop: Shop, django_assert_max_num_queries):
        for number in range(12):
            member = shop.member(phone=f"+1212555{number:04}", name=f"Person {number}")
            shop.sell({"A": "10.00"}, member)
        with django_assert_max_num_queries(12):
            page = text_of(admin, "members_member_changelist")
        assert page.count("Person ") == 12

    def test_enrolling_goes_through_the_service(self, admin: Client):
        answer = admin.post(
            reverse("admin:members_member_add"),
            {
                "name": "Dana Levi",
                "phone": "212 555 0199",
                "card": "",
                "email": "",
                "processing": "on",
                "offers": ["sms"],
            },
        )
        assert answer.status_code == 302
        member = Member.objects.get(name="Dana Levi")
        assert member.search_name == "dana levi"
        assert Identifier.objects.get(member=member).value == "+12125550199"
        given = set(CurrentConsent.objects.filter(member=member).values_list("purpose", "channel", "is_granted"))
        assert given == {("processing", "", True), ("marketing", "sms", True)}
        acts = Audit.objects.filter(object_type="members.member", object_id=str(member.pk))
        assert [act.action for act in acts] == ["enrol"]

    def test_a_key_that_somebody_has_is_refused_on_the_form(self, admin: Client, shop: Shop):
        shop.member(phone="+12125550123")
        answer = admin.post(
            reverse("admin:members_member_add"), {"name": "Twin", "phone": "212-555-0123", "card": "", "email": ""}
        )
        assert answer.status_code == 200
        assert "already has this phone" in answer.content.decode()
        assert not Member.objects.filter(name="Twin").exists()

    def test_a_changed_profile_is_searched_by_its_new_name_and_audited_without_it(self, admin: Client, shop: Shop):
        member = shop.member(name="Old Name")
        form = {"name": "  Ёлка   Новая ", "kind": "person", "language": "", "sex": "", "joined_on": "2026-03-10"}
        answer = admin.post(reverse("admin:members_member_change", args=[member.pk]), form | {"note": ""})
        assert answer.status_code == 302
        member.refresh_from_db()
        assert (member.name, member.search_name) == ("Ёлка Новая", "елка новая")
        act = Audit.objects.latest("id")
        assert act.details == {"fields": ["name"]}
        assert "Новая" not in str(act.details)

    def test_the_profile_service_saves_nothing_else(self, shop: Shop):
        member = shop.member()
        member.status = "erased"
        change_profile(member=member, now=NOW)
        member.refresh_from_db()
        assert member.status == "enrolled"


class TestMemberPage:
    def test_explains_every_point(self, admin: Client, shop: Shop):
        member = shop.member()
        sold = shop.sell({"A": "10.00", "B": "10.00", "C": "20.00"}, member)
        shop.give_back(sold, {2: "1"})
        page = text_of(admin, "members_member_change", member.pk)
        assert "Times-A: points times 2" in page
        assert "line 1" in page
        assert "+70" in page  # 40 base, 10 for A, 20 for B
        assert "−30" in page  # B alone back
        assert "−20 Times-B: points times 3" in page
        assert "?" not in page.partition("Identifiers and address")[0]
        assert "Points to spend 40" in page
        assert "taken back 30" in page
        for receipt in Purchase.objects.all():
            assert str(receipt) in page

    def test_older_movements_keep_their_balances(self, admin: Client, shop: Shop):
        member = shop.member()
        for _ in range(52):
            shop.sell({"C": "1.00"}, member)
        newest = admin.get(reverse("admin:members_member_change", args=[member.pk]))
        page = newest.context["movements"]
        assert (page.rows[0].balance, len(page.rows)) == (52, 50)
        older = admin.get(reverse("admin:members_member_change", args=[member.pk]), {"before": page.older})
        assert [row.balance for row in older.context["movements"].rows] == [2, 1]
        assert older.context["movements"].older is None

    def test_a_member_without_purchases_says_what_comes(self, admin: Client, shop: Shop):
        page = text_of(admin, "members_member_change", shop.member().pk)
        assert "the account opens with the first purchase" in page
        assert "No points have moved yet" in page

    def test_the_next_tier_and_the_next_burning_are_said(self, admin: Client, shop: Shop):
        program = ProgramFactory(code="ladder")
        Program.objects.filter(pk=shop.program.pk).update(state="closed")
        TierFactory(program=program, key="silver", name="Silver", threshold=100)
        admin.post(reverse("admin:programs_program_publish", args=[program.pk]), _now_fields())
        shop.now = timezone.now() + dt.timedelta(seconds=1)
        member = shop.member()
        shop.sell({"C": "60.00"}, member)
        page = text_of(admin, "members_member_change", member.pk)
        assert "Silver after spending 40.00 USD more" in page
        assert re.search(r"Burns next [A-Z][a-z.]+ \d+, \d{4}: 60\b", page)

    def test_marketing_does_not_see_the_keys(self, shop: Shop):
        client = Client()
        client.force_login(UserFactory(role=Role.MARKETING))
        member = shop.member(phone="+12125550123")
        for page in (
            text_of(client, "members_member_change", member.pk),
            text_of(client, "members_member_changelist"),
            text_of(client, "members_member_changelist", q="+1 212 555 0123"),
        ):
            assert "Anna Petrova" in page
            assert "555 0123" not in page.replace('value="+1 212 555 0123"', "")
            assert "5550123" not in page


class TestReceipts:
    def test_lines_awards_and_returns_are_linked_both_ways(self, admin: Client, shop: Shop):
        member = shop.member()
        sold = shop.sell({"A": "10.00", "C": "20.00"}, member)
        shop.give_back(sold, {1: "1"})
        sale, back = Purchase.objects.order_by("id")
        page = admin.get(reverse("admin:programs_purchase_change", args=[sale.pk])).content.decode()
        assert "+10" in page
        assert reverse("admin:programs_purchase_change", args=[back.pk]) in page
        assert reverse("admin:members_member_change", args=[member.pk]) in page
        page = admin.get(reverse("admin:programs_purchase_change", args=[back.pk])).content.decode()
        assert reverse("admin:programs_purchase_change", args=[sale.pk]) in page

    def test_a_shop_manager_sees_a_masked_name(self, shop: Shop):
        person = UserFactory(role=Role.SHOP_MANAGER)
        shop.terminal.store.staff.add(person)
        client = Client()
        client.force_login(person)
        shop.sell({"A": "10.00"}, shop.member(name="Anna Petrova"))
        for page in (
            text_of(client, "programs_purchase_changelist"),
            text_of(client, "programs_purchase_change", Purchase.objects.get().pk),
        ):
            assert "Anna P." in page
            assert "Petrova" not in page

    def test_filters_narrow_the_list(self, admin: Client, shop: Shop):
        shop.sell({"A": "10.00"}, shop.member(name="Anna Petrova"), number="with-card")
        shop.sell({"A": "10.00"}, None, number="bare")
        page = text_of(admin, "programs_purchase_changelist", card="without")
        assert "bare" in page
        assert "with-card" not in page


def _now_fields() -> dict[str, str]:
    now = timezone.now()
    return {"effective_from_0": now.strftime("%Y-%m-%d"), "effective_from_1": now.strftime("%H:%M:%S")}


class TestProgrammes:
    def test_publishing_says_its_consequences_and_then_does_it(self, admin: Client, shop: Shop):
        shop.sell({"A": "10.00"}, shop.member())
        Program.objects.filter(pk=shop.program.pk).update(earn_points=3)
        page = text_of(admin, "programs_program_publish", shop.program.pk)
        assert "1 person has an account" in page
        assert "Earning: points 1 3" in page
        assert "Publish for 1 person" in page
        answer = admin.post(reverse("admin:programs_program_publish", args=[shop.program.pk]), _now_fields())
        assert answer.status_code == 302
        newest = ProgramVersion.objects.latest("number")
        assert (newest.number, newest.document["earning"]["points"]) == (2, "3.00")
        assert newest.published_by.username == "boss"

    def test_a_draft_that_cannot_be_is_refused_with_a_sentence(self, admin: Client, shop: Shop):
        Rule.objects.filter(program=shop.program, key="times-a").update(effect={"type": "halve"})
        answer = admin.post(reverse("admin:programs_program_publish", args=[shop.program.pk]), _now_fields())
        assert answer.status_code == 200
        assert "cannot be published" in answer.content.decode()
        assert ProgramVersion.objects.count() == 1

    def test_an_unfinished_draft_is_saved_and_says_what_it_lacks(self, admin: Client, shop: Shop):
        form = _program_form(shop) | {"earn_per": "1"}
        Rule.objects.filter(program=shop.program, key="times-a").update(effect={"type": "halve"})
        answer = admin.post(reverse("admin:programs_program_change", args=[shop.program.pk]), form, follow=True)
        assert "cannot be published yet: rule times-a" in answer.content.decode()

    def test_what_balances_are_counted_in_is_frozen_after_publishing(self, admin: Client, shop: Shop):
        page = admin.get(reverse("admin:programs_program_change", args=[shop.program.pk])).content.decode()
        assert 'name="point_decimals"' not in page
        assert 'name="earn_points"' in page


def _program_form(shop: Shop) -> dict[str, object]:
    program = shop.program
    fields = [
        "name", "code", "time_zone", "earn_points", "earn_per", "rounding", "point_value", "redeem_minimum",
        "redeem_step", "redeem_max_percent", "discount_stacking", "discount_leftover", "tax_rounding", "activation_days", "expiry_kind", "expiry_months", "expiry_years", "restore_grace_days",
        "negative_policy", "negative_floor", "welcome_points", "ladder_of", "ladder_window", "ladder_grace_days", "ladder_falls",
        "earn_rounds", "discount_order",
    ]  # fmt: skip
    form: dict[str, object] = {name: getattr(program, name) for name in fields}
    return form | {"tiers-TOTAL_FORMS": 0, "tiers-INITIAL_FORMS": 0}


class TestTerminals:
    def test_the_code_is_shown_once_and_lets_a_till_in(self, admin: Client, shop: Shop):
        url = reverse("admin:programs_terminal_new_code", args=[shop.terminal.pk])
        assert 'id="enrolment-code"' not in admin.get(url).content.decode()
        page = admin.post(url).content.decode()
        code = re.search(r'id="enrolment-code">([^<]+)<', page)
        assert code is not None
        assert f'href="http://localhost:8000/till/#code={code[1]}"' in page
        assert qr_drawing(f"http://localhost:8000/till/#code={code[1]}")[1] in page
        assert code[1] not in admin.get(url).content.decode()
        terminal, _token = enrol_terminal(code=code[1], version="tests", now=timezone.now())
        assert terminal.pk == shop.terminal.pk

    def test_revoking_asks_first(self, admin: Client, shop: Shop):
        url = reverse("admin:programs_terminal_revoke", args=[shop.terminal.pk])
        admin.get(url)
        assert Terminal.objects.get().state == TerminalState.ACTIVE
        assert admin.post(url).status_code == 302
        assert Terminal.objects.get().state == TerminalState.REVOKED
