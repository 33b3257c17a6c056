"""The audience page: rows that are kept, refused in words, and counted while somebody types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.admin.audience_words import PHRASES, problem_in_words, sentence
from campaigns.models import Audience
from campaigns.rules import audiences as rules
from campaigns.rules.audiences import parse_criteria
from campaigns.rules.criteria import (
    CriteriaError,
    Problem,
)
from loyalty_site.ground.models import Audit, Role
from members.models import Address, Member
from tests.campaigns.mailing import CampaignRig
from tests.factories.configuration import UserFactory


@pytest.fixture
def marketer(db) -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.MARKETING))
    return client


def count(client: Client, rows: Any) -> dict[str, Any]:
    answer = client.post(reverse("admin:campaigns_audience_count"), {"criteria": json.dumps(rows)})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_an_audience_is_written_saved_and_opened_again(marketer: Client, rig: CampaignRig):
    rig.people(3)
    rows = [{"type": "joined", "days": 30}, {"type": "city", "values": ["Boston"], "is_not": True}]
    form = {"name": "New ones", "note": "", "criteria_json": json.dumps(rows)}
    answer = marketer.post(reverse("admin:campaigns_audience_add"), form)
    audience = Audience.objects.get()
    assert answer["Location"] == reverse("admin:campaigns_audience_change", args=[audience.pk])
    assert audience.criteria == [
        {"type": "joined", "days": 30, "is_not": False},
        {"type": "city", "values": ["Boston"], "is_not": True},
    ]
    assert Audit.objects.filter(object_type="campaigns.audience", action="add").count() == 1
    page = marketer.get(answer["Location"]).content.decode()
    assert "New ones" in page
    assert "Write a campaign to them" in page
    listed = marketer.get(reverse("admin:campaigns_audience_changelist")).content.decode()
    assert "joined within the last 30 days; live in none of: Boston" in listed


def test_rows_that_cannot_be_are_told_and_kept_on_the_page(marketer: Client):
    form = {"name": "Odd", "criteria_json": json.dumps([{"type": "bought", "days": 0}])}
    page = marketer.post(reverse("admin:campaigns_audience_add"), form).content.decode()
    assert "Row 1: Write a whole number of days from 1 to 3650." in page
    assert '"bought"' in page
    assert not Audience.objects.exists()


def test_rows_that_are_no_json_are_told(marketer: Client):
    form = {"name": "Odd", "criteria_json": "[{"}
    page = marketer.post(reverse("admin:campaigns_audience_add"), form).content.decode()
    assert "The rows cannot be read. Load the page again." in page


def test_the_count_names_whom_it_leaves_out(marketer: Client, rig: CampaignRig):
    for number in range(12):
        Address.objects.create(member=rig.mailing.person(f"Anna Number{number}"), city="Boston")
    Address.objects.create(member=rig.mailing.person(consents=False), city="Boston")
    rig.people(5)
    found = count(marketer, [{"type": "city", "values": ["Boston"]}])
    assert (found["reachable"], found["says"], found["matching"]) == (12, "12 people", "13")
    assert found["left_out"] == [{"reason": "no_consent", "words": "no consent for this channel", "count": "1"}]
    assert [(one["name"], one["city"]) for one in found["sample"]] == [("Anna N.", "Boston")] * 10


def test_an_accountant_sees_no_way_to_the_people(rig: CampaignRig, db):
    rig.people(1)
    client = Client()
    client.force_login(UserFactory(role=Role.ACCOUNTANT))
    assert [one["url"] for one in count(client, [])["sample"]] == [""]


def test_unfinished_rows_are_named_instead_of_counted(marketer: Client):
    found = count(marketer, [{"type": "city", "values": []}])
    assert found == {"problems": [{"row": 0, "text": "Choose at least one."}]}
    assert "problems" in count(marketer, "nonsense")
    answer = marketer.post(reverse("admin:campaigns_audience_count"), {"criteria": "{"})
    assert "problems" in answer.json()


def test_counting_that_takes_too_long_says_so(marketer: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("campaigns.admin.audiences.COUNT_MS_MAX", 20)
    monkeypatch.setattr("campaigns.queries.audiences._where", lambda *_: ("pg_sleep(1) IS NOT NULL", []))
    Member.objects.create(name="Anna")
    assert count(marketer, []) == {"is_slow": True}


@pytest.mark.parametrize(
    ("row", "said", "opposite"),
    [
        ({"type": "city", "values": ["Boston", "Haifa"]}, "live in one of: Boston, Haifa", "live in none of: Boston, Haifa"),
        ({"type": "tier", "values": ["gold", "old"]}, "stand on one of: Gold, old", "stand on none of: Gold, old"),
        ({"type": "language", "values": ["", "he"]}, "read one of: not known, Hebrew", "read none of: not known, Hebrew"),
        ({"type": "stage", "values": ["at_risk", "lost"]}, "are in one of the stages: at risk, lost", "are in none of the stages: at risk, lost"),
        ({"type": "rfm", "score": "money", "values": ["5", "4"]}, "are by money spent in these fifths of all buyers (5 is the best): 5, 4", "are by money spent not in these fifths of all buyers (5 is the best): 5, 4"),
        ({"type": "bought", "days": 1}, "bought within the last day", "have not bought within the last day, or never"),
        ({"type": "bought", "days": 60}, "bought within the last 60 days", "have not bought within the last 60 days, or never"),
        ({"type": "birthday", "days": 0}, "have a birthday today", "have no birthday today"),
        ({"type": "birthday", "days": 7}, "have a birthday within the next 7 days", "have no birthday within the next 7 days"),
        ({"type": "joined", "days": 30}, "joined within the last 30 days", "did not join within the last 30 days"),
        ({"type": "consent", "channel": "sms"}, "may be reached by SMS", "may not be reached by SMS"),
        ({"type": "spent", "bound": "least", "amount": "1500"}, "have spent at least 1,500 USD in all", "have spent less than 1,500 USD in all"),
        ({"type": "spent", "bound": "most", "amount": "9.50", "days": 90}, "have spent at most 9.50 USD in the last 90 days", "have spent more than 9.50 USD in the last 90 days"),
        ({"type": "shopped", "by": "category", "values": ["tea"], "days": 30}, "bought something of these within the last 30 days: Tea", "bought nothing of these within the last 30 days: Tea"),
        ({"type": "shopped", "by": "store", "values": ["7", "8"], "days": None}, "have bought in one of: North, 8", "have bought in none of: North, 8"),
    ],
)  # fmt: skip
def test_every_row_reads_as_a_sentence(row: dict[str, Any], said: str, opposite: str):
    for is_not, expected in ((False, said), (True, opposite)):
        (one,) = parse_criteria([{**row, "is_not": is_not}])
        shops = {"store": {"7": "North"}, "category": {"tea": "Tea"}}
        names = {"tiers": {"gold": "Gold"}, "stages": {"at_risk": "at risk", "lost": "lost"}, "shops": shops}
        assert sentence(one, currency="USD", **names) == expected


def test_every_kind_of_row_can_be_picked():
    # What is asked of the company's own fields is offered by field.
    assert {"field", *(kind for kind, *_rest in PHRASES)} == set(rules._READERS)


@pytest.mark.parametrize("document", ["x", [{}], [5], [{"type": "bought"}], [{"type": "city"}], [{"type": "spent"}], [{}] * 99])  # fmt: skip
def test_every_problem_has_words(document: Any):
    with pytest.raises(CriteriaError) as refusal:
        parse_criteria(document)
    assert all(problem_in_words(one) for one in refusal.value.problems)
    assert (
        problem_in_words(Problem(0, "bad_days", {"least": 1, "most": 9})) == "Write a whole number of days from 1 to 9."
    )
