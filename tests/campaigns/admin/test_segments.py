"""Members > Segments: figures that open their people, and refusals in words."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Audience
from loyalty_site.ground.models import Audit, Job, Role
from members.models import Segment
from tests.campaigns.mailing import CampaignRig
from tests.factories.configuration import CompanyFactory, ProgramFactory, RuleFactory, UserFactory, publish


@pytest.fixture
def audience(rig: CampaignRig) -> Audience:
    CompanyFactory()
    rig.people(3)
    rig.now = timezone.now() + dt.timedelta(hours=1)  # what pages ask for is due by the clock of the wall
    return Audience.objects.create(name="Newcomers", criteria=[{"type": "joined", "days": 3650}])


def client_of(role: str, language: str = "") -> Client:
    client = Client()
    client.force_login(UserFactory(role=role, language=language))
    return client


def change(segment: Segment) -> str:
    return reverse("admin:members_segment_change", args=[segment.pk])


def test_a_segment_is_made_of_an_audience_and_its_figure_opens_its_people(rig: CampaignRig, audience: Audience):
    marketer = client_of(Role.MARKETING)
    page = marketer.get(reverse("admin:campaigns_audience_change", args=[audience.pk])).content.decode()
    url = reverse("admin:members_segment_add", query={"audience": audience.pk, "name": "Newcomers"})
    assert url.replace("&", "&amp;") in page
    assert 'value="Newcomers"' in marketer.get(url).content.decode()
    form = {"name": "Newcomers", "name_ru": "Новички", "name_he": "", "audience": audience.pk}
    answer = marketer.post(url, form, follow=True).content.decode()
    segment = Segment.objects.get()
    assert "being looked up" in answer
    assert Audit.objects.get(object_type="members.segment").action == "add"
    rig.work()
    listed = marketer.get(reverse("admin:members_segment_changelist")).content.decode()
    people = f"{reverse('admin:members_member_changelist')}?segment=newcomers"
    assert f'href="{people}">3 people</a>' in listed
    assert marketer.get(people).context["cl"].result_count == 3
    page = marketer.get(change(segment)).content.decode()
    assert "joined within the last" in page
    assert "Fills the segment" in marketer.get(
        reverse("admin:campaigns_audience_change", args=[audience.pk])
    ).content.decode().replace("\n", " ")
    assert (
        "Новички" in client_of(Role.MARKETING, "ru").get(reverse("admin:members_segment_changelist")).content.decode()
    )
    before = Job.objects.count()
    refresh = reverse("admin:members_segment_refresh", args=[segment.pk])
    assert marketer.get(refresh).status_code == 405
    assert marketer.post(refresh)["Location"] == change(segment)
    assert Job.objects.count() == before + 1
    support = client_of(Role.SUPPORT)
    assert "Refresh now" not in support.get(change(segment)).content.decode()
    assert support.post(refresh).status_code == 403


def test_what_rules_ask_for_is_neither_emptied_nor_deleted(rig: CampaignRig, audience: Audience):
    marketer = client_of(Role.MARKETING)
    marketer.post(reverse("admin:members_segment_add"), {"name": "Newcomers", "audience": audience.pk})
    rig.work()
    segment = Segment.objects.get()
    delete = reverse("admin:members_segment_delete", args=[segment.pk])
    assert "3 people" in marketer.get(delete).content.decode()
    program = ProgramFactory(name="Points for all")
    RuleFactory(program=program, conditions=[{"type": "segment", "keys": ["newcomers"]}])
    publish(program)
    for answer in (marketer.get(delete, follow=True), marketer.post(delete, {"post": "yes"}, follow=True)):
        assert "Rules of Points for all ask for the segment Newcomers, so it stays." in answer.content.decode()
    nobody = Audience.objects.create(name="Nobody", criteria=[{"type": "city", "values": ["Nowhere"]}])
    page = marketer.post(change(segment), {"name": "Newcomers", "audience": nobody.pk}).content.decode()
    assert "Nobody would be in the segment Newcomers any more" in page
    rows = {"name": "Newcomers", "criteria_json": '[{"type": "city", "values": ["Nowhere"]}]'}
    page = marketer.post(reverse("admin:campaigns_audience_change", args=[audience.pk]), rows).content.decode()
    assert "Nobody would be in the segment Newcomers any more" in page
    assert Segment.objects.get().filled_by_id == audience.pk
