"""The pages of the designer: rules written, moved, switched, thrown away, tried on a basket."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Audit, Role
from members.models import Address, CustomField, Member
from programs.models import Account, Purchase, Rule
from tests.factories.configuration import CategoryFactory, RewardFactory, RuleFactory, UserFactory
from tests.programs.admin.designer.browser import fields_of
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    Rule.objects.all().delete()
    return shop


@pytest.fixture
def marketing(shop: Shop) -> Client:
    client = Client()
    client.force_login(UserFactory(username="mara", role=Role.MARKETING))
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"admin:programs_program_{name}", args=args)


def words(response: HttpResponse) -> str:
    assert response.status_code == 200
    body = response.content.decode().partition('id="content"')[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def page_form(response: HttpResponse):
    """The fields of the page's own form, as a browser would send them."""
    found = re.search(r'<form method="post" class="designer-rule".*?</form>', response.content.decode(), re.DOTALL)
    assert found, "no form"
    return fields_of(found[0])


def send(client: Client, address: str, form, **typed: object) -> HttpResponse:
    for name, value in typed.items():
        form.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return client.post(address, form.urlencode(), content_type="application/x-www-form-urlencoded")


class TestWriting:
    def test_double_points_on_mondays_in_four_steps(self, marketing: Client, shop: Shop):
        add = url("rule_add", shop.program.pk)
        assert "Double points, or more" in words(marketing.get(add))
        address = f"{add}?then=multiply"
        page = marketing.get(address)
        page = send(marketing, address, page_form(page), rule__name="Mondays", then__factor="2", do="condition")
        form = page_form(page)
        assert (form["rule-name"], form["then-factor"]) == ("Mondays", "2")  # what was typed came back
        form["when-kind"] = "weekday"
        page = send(marketing, address, form, do="condition")
        assert "errorlist" not in page.content.decode()
        answer = send(marketing, address, page_form(page), when0__days=["1"], do="save")
        assert answer.status_code == 302
        rule = Rule.objects.get(program=shop.program)
        assert (rule.key, rule.name) == ("mondays", "Mondays")
        assert rule.conditions == [{"type": "weekday", "days": [1]}]
        assert rule.effect == {"type": "multiply", "factor": "2"}
        page = words(marketing.get(url("rules", shop.program.pk)))
        assert "Points times 2, when it is a Monday." in page
        audit = Audit.objects.latest("id")
        assert (audit.action, audit.object_type, audit.details["key"]) == ("add", "programs.rule", "mondays")

    def test_a_rule_that_was_opened_and_saved_is_the_same(self, marketing: Client, shop: Shop):
        rule = RuleFactory(
            program=shop.program,
            conditions=[{"type": "category", "codes": ["dairy"]}, {"type": "weekday", "days": [1, 2], "not": True}],
            effect={
                "type": "percent_off",
                "percent": "10",
                "exclusive": True,
                "limits": [{"of": "money", "most": "5"}],
            },
        )
        address = url("rule", shop.program.pk, rule.pk)
        answer = send(marketing, address, page_form(marketing.get(address)), do="save")
        assert answer.status_code == 302
        again = Rule.objects.get(pk=rule.pk)
        assert (again.name, again.key, again.conditions, again.effect) == (
            rule.name,
            rule.key,
            rule.conditions,
            rule.effect,
        )

    def test_what_is_wrong_is_said_and_nothing_is_saved(self, marketing: Client, shop: Shop):
        address = f"{url('rule_add', shop.program.pk)}?then=percent_off"
        page = send(marketing, address, page_form(marketing.get(address)), then__percent="110", do="save")
        body = page.content.decode()
        assert "less than or equal to 100" in body
        assert "This field is required" in body  # the name
        assert not Rule.objects.filter(program=shop.program).exists()

    def test_a_condition_is_taken_away(self, marketing: Client, shop: Shop):
        rule = RuleFactory(
            program=shop.program,
            conditions=[{"type": "category", "codes": ["dairy"]}, {"type": "weekday", "days": [1]}],
        )
        address = url("rule", shop.program.pk, rule.pk)
        page = send(marketing, address, page_form(marketing.get(address)), away="when0")
        send(marketing, address, page_form(page), do="save")
        assert Rule.objects.get(pk=rule.pk).conditions == [{"type": "weekday", "days": [1]}]

    def test_it_gives_something_else(self, marketing: Client, shop: Shop):
        rule = RuleFactory(program=shop.program, conditions=[{"type": "weekday", "days": [1]}])
        address = url("rule", shop.program.pk, rule.pk)
        page = send(marketing, address, page_form(marketing.get(address)), then_kind="amount_off", do="effect")
        page = send(marketing, address, page_form(page), **{"then-kind": "amount_off"}, do="effect")
        send(marketing, address, page_form(page), then__amount="3.00", do="save")
        rule.refresh_from_db()
        assert rule.effect == {"type": "amount_off", "amount": "3"}
        assert rule.conditions == [{"type": "weekday", "days": [1]}]

    def test_a_condition_that_was_chosen_and_not_added_is_no_rule_without_it(self, marketing: Client, shop: Shop):
        address = f"{url('rule_add', shop.program.pk)}?then=multiply"
        form = page_form(marketing.get(address))
        assert form["then-factor"] == "2"  # what the choice said
        page = send(marketing, address, form, rule__name="Mondays", **{"when-kind": "weekday"}, do="save")
        assert "It is a certain day of the week" in words(page) or "it is a certain day of the week" in words(page)
        assert not Rule.objects.filter(program=shop.program).exists()
        assert send(marketing, address, page_form(page), **{"when0-days": "1"}, do="save").status_code == 302
        assert Rule.objects.get(program=shop.program).conditions == [{"type": "weekday", "days": [1]}]

    def test_what_people_have_is_ticked_and_not_typed(self, marketing: Client, shop: Shop):
        member = shop.member()
        Address.objects.create(member=member, city="Haifa")
        type(member).objects.filter(pk=member.pk).update(interests=["chess"])
        listed = [{"code": "red", "labels": {"": "Red"}, "is_archived": False}]
        CustomField.objects.create(code="colour", name="Colour", kind="choice", options=listed)
        asked = (
            ("interest", {"when0-codes": "chess", "when0-codes_more": "go"}, {"codes": ["chess", "go"]}),
            ("lives_in", {"when0-cities": "Haifa"}, {"cities": ["Haifa"]}),
            (
                "field",
                {"when0-field": "colour", "when0-asked": "one_of", "when0-options": "colour:red"},
                {"field": "colour", "one_of": ["red"]},
            ),
        )
        for kind, ticked, said in asked:
            address = f"{url('rule_add', shop.program.pk)}?then=multiply"
            page = send(marketing, address, page_form(marketing.get(address)), **{"when-kind": kind}, do="condition")
            page = send(marketing, address, page_form(page), do="save", rule__name=kind)
            assert Rule.objects.filter(program=shop.program, name=kind).count() == 0  # nothing is ticked yet
            assert send(marketing, address, page_form(page), **ticked, do="save").status_code == 302
            rule = Rule.objects.get(program=shop.program, name=kind)
            assert rule.conditions == [{"type": kind, **said}]
        page = words(marketing.get(url("rules", shop.program.pk)))
        assert "the field Colour of the member says Red" in page
        form = page_form(marketing.get(url("rule", shop.program.pk, rule.pk)))
        page = send(marketing, url("rule", shop.program.pk, rule.pk), form, **{"when0-asked": "known"}, do="save")
        assert "Choose “says one of”" in words(page)

    def test_a_stamp_card_has_a_card_of_its_own(self, marketing: Client, shop: Shop):
        address = f"{url('rule_add', shop.program.pk)}?then=stamp_card"
        form = page_form(marketing.get(address))
        answer = send(marketing, address, form, rule__name="Tenth coffee", then__every="10", do="save")
        assert answer.status_code == 302
        rule = Rule.objects.get(program=shop.program)
        assert rule.effect == {"type": "stamp_card", "card": "tenth-coffee", "every": 10}

    def test_names_in_any_alphabet_make_keys_that_differ(self, marketing: Client, shop: Shop):
        address = f"{url('rule_add', shop.program.pk)}?then=multiply"
        for name in ("Кофе", "קפה", "Coffee", "Coffee"):
            send(marketing, address, page_form(marketing.get(address)), rule__name=name, then__factor="2", do="save")
        keys = Rule.objects.filter(program=shop.program).values_list("key", flat=True)
        assert list(keys) == ["rule", "rule-2", "coffee", "coffee-2"]


class TestDraft:
    def test_rules_are_moved_switched_and_thrown_away(self, marketing: Client, shop: Shop):
        first, second, third = (RuleFactory(program=shop.program, key=key) for key in ("a", "b", "c"))
        address = url("rules", shop.program.pk)

        def order() -> list[str]:
            return list(Rule.objects.filter(program=shop.program).values_list("key", flat=True))

        marketing.post(address, {"do": f"up:{third.pk}"})
        assert order() == ["a", "c", "b"]
        marketing.post(address, {"do": f"down:{first.pk}"})
        assert order() == ["c", "a", "b"]
        marketing.post(address, {"do": f"down:{second.pk}"})
        assert order() == ["c", "a", "b"]
        marketing.post(address, {"do": f"off:{first.pk}"})
        assert not Rule.objects.get(pk=first.pk).is_active
        marketing.post(address, {"do": f"on:{first.pk}"})
        assert Rule.objects.get(pk=first.pk).is_active
        away = url("rule_delete", shop.program.pk, first.pk)
        assert "switch it off instead" in words(marketing.get(away))
        marketing.post(away)
        assert order() == ["c", "b"]

    def test_sentences_have_names_and_money(self, marketing: Client, shop: Shop):
        CategoryFactory(code="hot-drinks", name="Coffee and tea")
        RuleFactory(
            program=shop.program,
            conditions=[{"type": "category", "codes": ["hot-drinks"]}, {"type": "amount", "minimum": "20"}],
            effect={"type": "amount_off", "amount": "2.50"},
        )
        page = words(marketing.get(url("rules", shop.program.pk))).replace("\xa0", " ")
        assert (
            "2.50 USD off, when the article is of Coffee and tea and the whole receipt is worth at least 20 USD."
            in page
        )

    def test_what_is_wrong_stands_beside_the_rule(self, marketing: Client, shop: Shop):
        RuleFactory(program=shop.program, key="old", name="Old", conditions=[{"type": "dates", "to": "2020-01-01"}])
        assert "“Old” is over since" in words(marketing.get(url("rules", shop.program.pk)))
        RuleFactory(program=shop.program, key="bad", effect={"type": "halve"})
        assert "There is no effect “halve”" in words(marketing.get(url("rules", shop.program.pk)))

    def test_a_reward_is_written_and_said(self, marketing: Client, shop: Shop):
        address = f"{url('reward_add', shop.program.pk)}?then=amount_off"
        form = page_form(marketing.get(address))
        answer = send(marketing, address, form, reward__name="A cake", reward__cost="50", then__amount="3", do="save")
        assert answer.status_code == 302
        reward = shop.program.rewards.get()
        assert (reward.key, reward.cost, reward.effect) == (
            "a-cake",
            Decimal(50),
            {"type": "amount_off", "amount": "3"},
        )
        page = words(marketing.get(url("rules", shop.program.pk))).replace("\xa0", " ")
        assert "For 50 points: 3 USD off." in page
        address = url("reward", shop.program.pk, reward.pk)
        send(marketing, address, page_form(marketing.get(address)), reward__cost="60", do="save")
        reward.refresh_from_db()
        assert (reward.cost, reward.effect) == (Decimal(60), {"type": "amount_off", "amount": "3"})
        marketing.post(url("rules", shop.program.pk), {"do": f"reward-off:{reward.pk}"})
        assert not shop.program.rewards.get().is_active
        marketing.post(url("reward_delete", shop.program.pk, reward.pk))
        assert not shop.program.rewards.exists()

    def test_a_reward_asks_for_goods_as_a_rule_does(self, marketing: Client, shop: Shop):
        CategoryFactory(code="cakes", name="Cakes")
        address = f"{url('reward_add', shop.program.pk)}?then=fixed_price"
        form = page_form(marketing.get(address))
        more = send(marketing, address, form, reward__name="A cake", when__kind="category", do="condition")
        form = page_form(more)
        cake = {"reward__cost": "50", "then__quantity": "1", "then__price": "2", "then__most": "1"}
        answer = send(marketing, address, form, **cake, when0__codes="cakes", do="save")
        assert answer.status_code == 302
        reward = shop.program.rewards.get()
        assert reward.conditions == [{"type": "category", "codes": ["cakes"]}]
        page = words(marketing.get(url("rules", shop.program.pk))).replace("\xa0", " ")
        assert "For 50 points: 1 pieces for 2 USD, at most 1 times, when the article is of Cakes." in page
        address = url("reward", shop.program.pk, reward.pk)
        send(marketing, address, page_form(marketing.get(address)), away="when0")
        reward.refresh_from_db()
        assert reward.conditions  # taken away on the page, and nothing saved yet

    def test_the_accountant_reads_and_does_not_write(self, shop: Shop):
        rule = RuleFactory(program=shop.program)
        client = Client()
        client.force_login(UserFactory(username="carl", role=Role.ACCOUNTANT))
        page = client.get(url("rules", shop.program.pk))
        assert "Points times 2, always." in words(page)
        assert "Add a rule" not in words(page)
        assert client.post(url("rules", shop.program.pk), {"do": f"off:{rule.pk}"}).status_code == 403
        assert client.get(url("rule", shop.program.pk, rule.pk)).status_code == 403


class TestBasket:
    def ask(self, client: Client, shop: Shop, **typed: object) -> str:
        data = {
            "try": "1",
            "basket-store": str(shop.terminal.store_id),
            "basket-at_day": "2026-03-09",  # a Monday
            "basket-at_time": "12:00",
            "basket-category0": "",
            "basket-quantity0": "1",
            "basket-price0": "10",
        }
        data |= {f"basket-{name}": value for name, value in typed.items()}
        return words(client.post(url("rules", shop.program.pk), data)).replace("\xa0", " ")

    def test_it_says_what_and_why(self, marketing: Client, shop: Shop):
        CategoryFactory(code="tea", name="Tea")
        RuleFactory(program=shop.program, name="Mondays", conditions=[{"type": "weekday", "days": [1]}])
        RuleFactory(
            program=shop.program,
            name="Tea week",
            conditions=[{"type": "category", "codes": ["tea"]}],
            effect={"type": "percent_off", "percent": "20"},
        )
        page = self.ask(marketing, shop)
        assert "Mondays: points times 2 +10" in page
        assert "Tea week : only when the article is of Tea" in page
        page = self.ask(marketing, shop, category0="tea")
        assert "8.00 USD" in page
        assert "Tea week: 20 % off −2.00 USD" in page
        page = self.ask(marketing, shop, at_day="2026-03-10")
        assert "Mondays : only when it is a Monday" in page

    def test_a_member_is_asked_about_and_nothing_is_written(self, marketing: Client, shop: Shop):
        member = shop.member(phone="+12125550123", name="Anna Petrova")
        shop.sell({"A": "100.00"}, member)
        before = (Account.objects.get(owner=member).available, Purchase.objects.count(), Audit.objects.count())
        RuleFactory(program=shop.program, name="Second", conditions=[{"type": "nth_purchase", "numbers": [2]}])
        page = self.ask(marketing, shop, member="+1 212 555 0123")
        assert "Anna Petrova" in page
        assert "Second: points times 2" in page
        assert "Second" in self.ask(marketing, shop)
        assert "Nobody has this phone" in self.ask(marketing, shop, member="+1 212 555 9999")
        assert before == (Account.objects.get(owner=member).available, Purchase.objects.count(), Audit.objects.count())

    def test_of_a_member_who_has_bought_nothing_it_knows_the_birthday(self, marketing: Client, shop: Shop):
        anna = shop.member()
        Member.objects.filter(pk=anna.pk).update(birth_month=3, birth_day=9)
        RuleFactory(program=shop.program, name="Birthday", conditions=[{"type": "birthday"}])
        assert "Birthday: points times 2" in self.ask(marketing, shop, member="+1 212 555 0123")
        assert not Account.objects.exists()

    def test_points_and_rewards_pay_and_taxes_count(self, marketing: Client, shop: Shop):
        cake = RewardFactory(program=shop.program, name="Cake", cost=50, effect={"type": "amount_off", "amount": "2"})
        gross = [{"type": "amount", "minimum": "11", "tax": "gross"}]
        RuleFactory(program=shop.program, name="Large", conditions=gross)
        page = self.ask(marketing, shop, redeem="100", rewards=cake.key, tax="10", tax_added="on")
        assert "Cake, for 50 points −2.00 USD" in page
        assert "100 points pay −1.00 USD" in page
        assert "to pay 7.00 USD 10.00 USD" in page
        assert "Large: points times 2" in page
        assert "Large : only when" in self.ask(marketing, shop, tax="10")
        page = self.ask(marketing, shop, redeem="900")
        assert "50 %" in page
        shop.member(phone="+12125550123", name="Anna Petrova")
        assert "Only 0 points can be spent" in self.ask(marketing, shop, member="+1 212 555 0123", redeem="10")

    def test_goods_that_only_a_starter_names_can_be_tried(self, marketing: Client, shop: Shop):
        RuleFactory(program=shop.program, name="Tea", conditions=[{"type": "category", "codes": ["tea"]}])
        assert "Tea: points times 2" in self.ask(marketing, shop, category0="tea")

    def test_an_empty_basket_and_a_draft_that_cannot_be_say_so(self, marketing: Client, shop: Shop):
        assert "Put at least one line into the basket" in self.ask(marketing, shop, price0="", quantity0="")
        RuleFactory(program=shop.program, key="bad", effect={"type": "halve"})
        assert "there is no effect “halve”" in self.ask(marketing, shop)

    def test_who_may_not_see_members_asks_about_newcomers(self, shop: Shop):
        client = Client()
        client.force_login(UserFactory(username="carl", role=Role.ACCOUNTANT))
        body = client.get(url("rules", shop.program.pk)).content.decode()
        assert 'name="basket-member"' not in body
        assert 'name="basket-price0"' in body


def test_a_reward_of_a_shop_shows_on_the_page(marketing: Client, shop: Shop):
    RewardFactory(program=shop.program, name="A cake")
    assert "A cake" in words(marketing.get(url("rules", shop.program.pk)))
