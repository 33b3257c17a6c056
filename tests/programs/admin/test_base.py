""" "Base and lifecycle": every figure leads to exactly its people, thresholds are previewed, the file says the same."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Audit, Job, Role
from loyalty_site.ground.policy import Kind, Principal
from members.models import Member, Message, Purpose
from programs.models import LifecycleModel, MemberStage, MemberStageChange, PurchaseSummary
from programs.queries.base import gifts_gone
from programs.queries.second import age_band, second_purchases
from programs.services.enrolment import EnrolOrder, enrol_at_till
from programs.services.lifecycle import refresh_stages
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
PAGE = "/admin/programs/memberstagechange/base/"


def client(role: str = Role.MARKETING, language: str = "en") -> Client:
    found = Client()
    found.force_login(UserFactory(role=role, language=language))
    return found


def days_ago(days: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days, minutes=1)


def make_base() -> Shop:
    """Four people who bought (once long ago, twice, often, and one whose sale was cancelled) and one who never did."""
    shop = open_shop()
    shop.now = days_ago(300)
    visits = {"Anna": [200], "Boris": [40, 20], "Vera": [60, 50, 40, 30, 20, 10, 5, 1], "Gal": [], "Dina": [150, 149]}
    for number, (name, days) in enumerate(visits.items()):
        member = shop.member(f"+1212555010{number}", name)
        Member.objects.filter(pk=member.pk).update(
            sex="f" if number % 2 else "m", birth_year=1990 if number else None, birth_month=1, birth_day=2
        ) if number else None
        for ago in days:
            shop.now = days_ago(ago)
            shop.sell({"A": "10.00"}, member)
    vera = Member.objects.get(name="Vera")
    Message.objects.create(
        member=vera, channel="email", purpose="marketing", source="test", source_group=1, source_id=1, state="sent",
        due_at=days_ago(40), claimed_at=days_ago(40),
    )  # fmt: skip
    shop.now = timezone.now()
    refresh_stages(now=days_ago(60))
    refresh_stages(now=shop.now)
    return shop


def linked_figures(page: str) -> list[tuple[str, int]]:
    """(address, figure) of every figure that is a link to a list."""
    found = re.findall(
        r'<a [^>]*href="(/admin/(?:members/member|programs/memberstagechange)/\?[^"]+)"[^>]*>([\d,]+)</a>', page
    )
    return [(unescape(url), int(figure.replace(",", ""))) for url, figure in found]


def test_every_figure_opens_exactly_its_people():
    make_base()
    browser = client()
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    figures = linked_figures(answer.content.decode())
    assert len(figures) > 40
    assert {figure for _url, figure in figures} >= {0, 1, 5}
    listed = browser.get(figures[0][0])
    assert listed.context_data["cl"].result_count == figures[0][1]
    for url, figure in figures:
        assert count_behind(url) == figure, url


def count_behind(url: str) -> int:
    """How many rows the list of this address has; without drawing the page, which takes longer than counting."""
    request = RequestFactory().get(url)
    request.principal, request.user = Principal(Kind.STAFF, role=Role.MARKETING), AnonymousUser()
    model = Member if "/members/member/" in url else MemberStageChange
    return int(admin.site._registry[model].get_changelist_instance(request).result_count)


def test_the_stages_of_the_base_and_their_moves():
    make_base()
    stages = dict(MemberStage.objects.values_list("member__name", "stage"))
    assert stages == {"Anna": "at_risk", "Boris": "repeat", "Vera": "attached", "Gal": "potential", "Dina": "at_risk"}
    page = client().get(PAGE).content.decode()
    assert "5 people, as of" in page
    assert "At risk after a silence of 2.0 times" in page


def test_an_accountant_sees_figures_without_people():
    make_base()
    browser = client(Role.ACCOUNTANT)
    page = browser.get(PAGE).content.decode()
    assert "/admin/members/member/?" not in page
    assert "Vera" not in browser.get(reverse("admin:programs_memberstagechange_changelist")).content.decode()
    assert client(Role.SHOP_MANAGER).get(PAGE).status_code == 403


def test_an_empty_base_says_what_to_do():
    page = client().get(PAGE).content.decode()
    assert "the first night is still to come" in page
    assert "compute them now" in page


def test_the_file_says_what_the_page_says():
    make_base()
    answer = client().get(PAGE, {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    stages = {
        row["group"]: int(row["value"]) for row in rows if (row["section"], row["measure"]) == ("stages", "people")
    }
    assert stages == {
        "potential": 1, "first": 0, "repeat": 1, "attached": 1, "loyal": 0, "committed": 0, "at_risk": 2, "lost": 0,
    }  # fmt: skip
    fresh = [int(row["value"]) for row in rows if row["measure"] == "last purchase, days ago"]
    assert sum(fresh) == 5
    assert {row["section"] for row in rows} == {"stages", "rfm", "active", "freshness", "second purchase"}


def test_who_came_back_counts_closed_windows_other_days_and_standing_sales():
    shop = make_base()
    nils = shop.member("+12125550120", "Nils")
    shop.now = days_ago(100)
    shop.sell({"A": "10.00"}, nils)
    shop.sell({"A": "10.00"}, nils)  # the same day is the same visit
    everybody = second_purchases(now=timezone.now())[0]
    assert (everybody.by, everybody.group) == ("", "")
    # Anna once, Boris after 20 days, Vera after 10, Dina after 1, Nils not; Boris and Vera have not had 90 days yet.
    assert {days: (rate.count, rate.total) for days, rate in everybody.rates.items()} == {
        30: (3, 5),
        60: (1, 3),
        90: (1, 3),
    }
    assert everybody.rates[90].is_too_few
    assert not everybody.rates[30].is_too_few
    sums = {
        by: sum(one.rates[30].total for one in second_purchases(now=timezone.now()) if one.by == by)
        for by in ("age", "sex", "store")
    }
    assert sums == {"age": 5, "sex": 5, "store": 5}
    assert [age_band(age) for age in (None, 0, 24, 25, 64, 65, 90)] == [
        "",
        "0-24",
        "0-24",
        "25-34",
        "55-64",
        "65",
        "65",
    ]


def test_gifts_that_brought_nobody_back():
    shop = open_shop(welcome_points=50, redeem_max_percent=50)
    for number, ago in enumerate((200, 200, 10)):
        shop.now = days_ago(ago)
        keys, consents = (("phone", f"+1212555013{number}"),), ((Purpose.PROCESSING, ""),)
        enrol_at_till(EnrolOrder(shop.till, keys, consents, "US", name=f"P{number}"), now=shop.now)
    member = Member.objects.get(name="P0")
    shop.now = days_ago(150)
    shop.sell({"A": "10.00"}, member)
    found = gifts_gone(days=90, now=timezone.now())
    assert [(one.given, one.gone, one.points, one.remaining) for one in found] == [(2, 1, 50, 50)]
    browser = client()
    listed = browser.get(reverse("admin:members_member_changelist"), {"gift": "gone"})
    assert [row.name for row in listed.context_data["cl"].result_list] == ["P1"]
    assert "of 2 in" in browser.get(PAGE).content.decode()


def form_of(row: LifecycleModel, **changed: object) -> dict[str, object]:
    names = [field.name for field in row._meta.fields if field.editable and field.name != "id"]
    return {**{name: getattr(row, name) for name in names}, **changed}


def test_thresholds_are_counted_before_they_are_saved():
    make_base()
    browser, model = client(), LifecycleModel.objects.get()
    url = reverse("admin:programs_lifecyclemodel_change", args=[1])
    looked = browser.post(url, form_of(model, attached_purchases=3, model="b", _preview=""))
    counted = {row["name"]: (row["before"], row["after"]) for row in looked.context_data["preview"]}
    # Vera is attached as it is, and a regular in the model that knows no such stage.
    assert counted["regular"] == (1, 2)
    assert counted["attached"] == (1, 0)
    assert LifecycleModel.objects.get().attached_purchases == 4
    assert not Job.objects.filter(kind="programs.refresh_stages").exists()
    saved = browser.post(url, form_of(model, model="b", _save=""))
    assert saved.status_code == 302
    assert LifecycleModel.objects.get().model == "b"
    assert Job.objects.filter(kind="programs.refresh_stages").count() == 1
    assert Audit.objects.latest("id").details == {"fields": ["model"]}


def test_contradictions_are_refused_in_words():
    browser = client()
    url = reverse("admin:programs_lifecyclemodel_change", args=[1])
    page = browser.post(url, form_of(LifecycleModel(), lost_days=60, loyal_purchases=4, _save=""))
    text = unescape(page.content.decode())
    assert "Must be more than 90, when somebody is at risk: nobody is lost before that." in text
    assert 'Must be more than 4, where the stage "attached" begins' in text
    assert not LifecycleModel.objects.exists()
    assert client(Role.SUPPORT).post(url, form_of(LifecycleModel(), _save="")).status_code == 403


def test_the_member_page_says_stage_scores_and_as_of():
    make_base()
    boris = Member.objects.get(name="Boris")
    page = unescape(client().get(reverse("admin:members_member_change", args=[boris.pk])).content.decode())
    assert "repeat purchase" in page
    assert "as of" in page
    assert "buys" in page
    moved = MemberStageChange.objects.filter(member__name="Anna").first()
    PurchaseSummary.objects.filter(member=boris).update(last_at=days_ago(400), first_at=days_ago(500))
    refresh_stages(now=timezone.now())
    page = unescape(client().get(reverse("admin:members_member_change", args=[boris.pk])).content.decode())
    assert "from “repeat purchase” to “lost”" in page
    assert moved is None or moved.to_stage


@pytest.mark.parametrize("language", ["en", "ru", "he"])
def test_the_pages_open_in_every_language(language: str):
    make_base()
    browser = client(language=language)
    for url in (PAGE, reverse("admin:programs_lifecyclemodel_change", args=[1])):
        assert browser.get(url).status_code == 200
