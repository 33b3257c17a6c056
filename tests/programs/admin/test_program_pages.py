"""The pages around a draft: starting from a ready programme, the questions before the start, publishing with its warnings
seen, and versions side by side."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Audit, Role
from programs.models import Program, ProgramVersion
from programs.rules.readiness import QUESTIONS
from programs.rules.starters import STARTERS, awaits
from tests.factories.configuration import CompanyFactory, RuleFactory, UserFactory, publish
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db

CARDS = "admin:programs_program_add"
START = "admin:programs_program_start"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(UserFactory(username="boss", role=Role.ADMINISTRATOR))
    return client


def publish_fields(**more: str) -> dict[str, str]:
    now = timezone.now()
    return {"effective_from_0": f"{now:%Y-%m-%d}", "effective_from_1": f"{now:%H:%M:%S}", **more}


class TestStarting:
    def test_six_cards_and_an_empty_one(self, admin: Client):
        page = admin.get(reverse(CARDS)).content.decode()
        assert page.count('name="starter"') == len(STARTERS) + 1 == 7
        assert page.count("disabled") >= sum(bool(awaits(one)) for one in STARTERS)
        assert "for everyday shops" in page.lower()
        assert f'href="{reverse(CARDS)}?empty=1"' in page
        assert 'name="earn_points"' in admin.get(reverse(CARDS), {"empty": "1"}).content.decode()

    def test_a_card_becomes_a_draft_that_says_what_it_still_lacks(self, admin: Client):
        CompanyFactory()
        answer = admin.post(reverse(START), {"starter": "school", "coffee": "12"})
        program = Program.objects.get()
        assert answer["Location"] == reverse("admin:programs_program_rules", args=[program.pk])
        assert (program.name, program.goal, program.key_factor) == ("School season", "attract", "price")
        said = [str(one) for one in get_messages(answer.wsgi_request)]
        assert "“School season” is a draft now" in said[0]
        assert said[1].endswith("names goods that are not in the catalogue: school.")
        assert Audit.objects.get(action="add").actor_label == "boss"

    def test_an_empty_one_gets_its_name_and_is_asked_for_its_goal_at_the_end(self, admin: Client):
        CompanyFactory()
        admin.post(reverse(START), {"starter": "own", "coffee": "3", "name": "Coffee club"})
        program = Program.objects.get()
        assert (program.name, program.goal, program.key_factor) == ("Coffee club", "", "")
        url = reverse("admin:programs_program_publish", args=[program.pk])
        page = admin.get(url).content.decode()
        assert "What stands in the way" not in page
        assert 'name="goal"' in page
        assert admin.post(url, publish_fields()).context["form"].errors.keys() == {"goal", "key_factor"}
        assert not ProgramVersion.objects.exists()
        RuleFactory(program=program, name="Tea", conditions=[{"type": "category", "codes": ["tea"]}])
        read = {"draft": admin.get(url).context["draft"], "goal": "keep", "key_factor": "price"}
        unseen = admin.post(url, publish_fields(**read))  # the page again: the warning was not ticked
        assert not ProgramVersion.objects.exists()
        read |= {"draft": unseen.context["draft"], "seen": unseen.context["mark"]}
        assert admin.post(url, publish_fields(**read)).status_code == 302
        document = ProgramVersion.objects.get().document
        assert (document["goal"], document["key_factor"]) == ("keep", "price")
        program.refresh_from_db()
        assert (program.goal, program.key_factor) == ("keep", "price")

    def test_beside_a_running_programme_it_says_where_to_go(self, admin: Client, shop: Shop):
        page = admin.get(reverse(CARDS)).content.decode()
        assert f"“{shop.program.name}” is running" in page
        assert reverse("admin:programs_program_rules", args=[shop.program.pk]) in page
        admin.post(reverse(START), {"starter": "cashback", "coffee": "3"})
        second = Program.objects.exclude(pk=shop.program.pk).get()
        url = reverse("admin:programs_program_publish", args=[second.pk])
        assert f"“{shop.program.name}” is running, and there is one" in admin.get(url).content.decode()
        assert "write these rules into its draft" in admin.post(url, publish_fields()).content.decode()
        assert not second.versions.exists()

    def test_sums_fit_the_country(self, admin: Client):
        CompanyFactory()
        admin.post(reverse(START), {"starter": "metals", "coffee": "12"})
        assert list(Program.objects.get().tiers.values_list("threshold", flat=True)) == [0, 2500, 10000]

    def test_what_makes_no_sense_is_refused(self, admin: Client):
        assert admin.post(reverse(START), {"starter": "moon", "coffee": "3"}).status_code == 404
        assert admin.post(reverse(START), {"starter": "miles", "coffee": "0"}).status_code == 200
        assert admin.get(reverse(START)).status_code == 405
        assert not Program.objects.exists()


class TestQuestions:
    def test_they_are_kept_and_answered_in_words(self, admin: Client, shop: Shop):
        url = reverse("admin:programs_program_readiness", args=[shop.program.pk])
        page = admin.get(url).content.decode()
        assert "What the answers say" not in page
        good = {one.key: "no" if one.warns else "yes" for one in QUESTIONS} | {"terms": "no"}
        admin.post(url, good)
        assert "Nothing in them speaks against" in admin.get(url).content.decode()
        admin.post(url, good | {"unique": "yes", "stable": "", "often": "perhaps"})
        page = admin.get(url).content.decode()
        assert "No programme may be the better choice" in page or "no programme may be the better choice" in page
        assert "2 questions are not answered yet" in page
        kept = Program.objects.get().readiness
        assert kept["unique"] is True
        assert "stable" not in kept
        assert Audit.objects.filter(action="change", details={"fields": ["readiness"]}).count() == 2


class TestPublishing:
    def url(self, shop: Shop) -> str:
        return reverse("admin:programs_program_publish", args=[shop.program.pk])

    def test_without_a_goal_or_a_key_factor_it_is_refused(self, admin: Client, shop: Shop):
        Program.objects.update(goal="", key_factor="")
        page = admin.get(self.url(shop)).content.decode()
        assert 'name="goal"' in page
        assert 'name="key_factor"' in page
        answer = admin.post(self.url(shop), publish_fields(goal="keep"))
        assert answer.context["form"].errors.keys() == {"key_factor"}
        assert ProgramVersion.objects.count() == 1

    def test_a_saved_draft_says_what_it_lacks(self, admin: Client, shop: Shop):
        url = reverse("admin:programs_program_change", args=[shop.program.pk])
        form = admin.get(url).context["adminform"].form
        fields = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        sent = {name: value for name, value in fields.items() if value is not None and value is not False}
        sent |= {"goal": "", "warning_days": "30, 7", "tiers-TOTAL_FORMS": 0, "tiers-INITIAL_FORMS": 0}
        answer = admin.post(url, sent, follow=True)
        page = answer.content.decode()
        assert "The draft is saved. It cannot be published yet: choose its goal" in page
        assert Program.objects.get().goal == ""

    def test_a_rule_that_can_never_apply_is_refused(self, admin: Client, shop: Shop):
        weekdays = [{"type": "weekday", "days": [1]}, {"type": "weekday", "days": [2]}]
        RuleFactory(program=shop.program, name="Never", conditions=weekdays)
        answer = admin.post(self.url(shop), publish_fields())
        assert (
            "“Never” can never apply: it is a Monday, and at the same time it is a Tuesday" in answer.content.decode()
        )
        assert ProgramVersion.objects.count() == 1

    def test_warnings_must_be_seen_and_only_then_is_there_a_box_to_tick(self, admin: Client, shop: Shop):
        assert 'name="seen"' not in admin.get(self.url(shop)).content.decode()
        RuleFactory(program=shop.program, name="Tea", conditions=[{"type": "category", "codes": ["tea"]}])
        answer = admin.get(self.url(shop))
        assert "“Tea” names goods that are not in the catalogue: tea." in answer.content.decode()
        mark = answer.context["mark"]
        assert f'name="seen" value="{mark}"' in answer.content.decode()
        answer = admin.post(self.url(shop), publish_fields())
        assert "Read what to look at first" in answer.content.decode()
        assert ProgramVersion.objects.count() == 1
        # Others than were seen do not pass for these.
        RuleFactory(program=shop.program, name="Milk", conditions=[{"type": "category", "codes": ["milk"]}])
        assert admin.post(self.url(shop), publish_fields(seen=mark)).status_code == 200
        mark = admin.get(self.url(shop)).context["mark"]
        assert admin.post(self.url(shop), publish_fields(seen=mark)).status_code == 302
        assert ProgramVersion.objects.count() == 2

    def test_what_somebody_else_has_changed_meanwhile_is_read_first(self, admin: Client, shop: Shop):
        draft = admin.get(self.url(shop)).context["draft"]
        RuleFactory(program=shop.program, name="Tea", effect={"type": "points", "points": "1000"})
        answer = admin.post(self.url(shop), publish_fields(draft=draft))
        assert "somebody has changed the draft since you opened this page" in answer.content.decode()
        assert f'name="draft" value="{answer.context["draft"]}"' in answer.content.decode()
        assert ProgramVersion.objects.count() == 1
        assert admin.post(self.url(shop), publish_fields(draft=answer.context["draft"])).status_code == 302
        assert ProgramVersion.objects.count() == 2

    def test_the_margin_is_asked_for_kept_and_compared(self, admin: Client, shop: Shop):
        monday = [{"type": "weekday", "days": [1]}]
        effect = {"type": "percent_off", "percent": "20"}
        RuleFactory(program=shop.program, name="Everything", conditions=monday, effect=effect)
        assert 'name="seen"' not in admin.get(self.url(shop)).content.decode()
        answer = admin.post(self.url(shop), publish_fields(margin_percent="15"))
        assert "A sale may give away 20.8 % of its price; the margin is 15 %." in answer.content.decode()
        mark = answer.context["mark"]
        assert admin.post(self.url(shop), publish_fields(margin_percent="15", seen=mark)).status_code == 302
        assert Program.objects.get().margin_percent == 15

    def test_what_was_answered_before_the_start_is_said_again(self, admin: Client, shop: Shop):
        Program.objects.update(readiness={"unique": True, "copied": True})
        page = admin.get(self.url(shop)).content.decode()
        assert "no programme may be the better choice" in page
        assert "find a key factor of your own" in page
        assert "7 questions about the right reasons are not answered yet" in page
        assert 'name="seen"' in page


class TestReading:
    def test_the_terms_of_the_draft_in_each_language(self, admin: Client, shop: Shop):
        url = reverse("admin:programs_program_draft_terms", args=[shop.program.pk])
        Program.objects.update(earn_points=7)
        page = admin.get(url, {"lang": "en"}).content.decode()
        assert "7 for each 1.00 USD" in page
        assert "This is the draft" in page
        assert 'dir="rtl"' in admin.get(url, {"lang": "he"}).content.decode()
        shop.program.rules.update(effect={"type": "halve"})
        answer = admin.get(url)
        assert answer["Location"] == reverse("admin:programs_program_change", args=[shop.program.pk])

    def test_a_version_is_told_in_sentences(self, admin: Client, shop: Shop):
        version = ProgramVersion.objects.get()
        page = admin.get(reverse("admin:programs_programversion_change", args=[version.pk])).content.decode()
        assert "Points times 2, when the article is of A." in page
        assert "Keep those who are loyal" in page or "keep those who are loyal" in page

    def test_two_versions_are_compared(self, admin: Client, shop: Shop):
        def compare(number: int, **query: str) -> str:
            version = ProgramVersion.objects.get(number=number)
            url = reverse("admin:programs_programversion_compare", args=[version.pk])
            return admin.get(url, query).content.decode()

        assert "There is only this version" in compare(1)
        shop.program.rules.filter(key="times-a").update(
            name="A counts more", effect={"type": "multiply", "factor": "5"}
        )
        publish(shop.program, at=shop.now)
        publish(shop.program, at=shop.now)
        page = compare(2)
        assert "From version 1 to version 2" in page
        assert "“Times-A”: points times 2, when the article is of A." in page
        assert "“A counts more”: points times 5, when the article is of A." in page
        assert "From version 2 to version 3" in compare(3)
        assert "the two say the same" in compare(3)
        assert "points times 5" in compare(3, **{"with": "1"})
