"""The password again before exports, merges, erasures and many looks: asked in time, nothing lost, no way to guess."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loyalty_site.confirming import BACK, FIELD
from loyalty_site.ground import policy
from loyalty_site.ground.models import Audit, ExportFile, Role
from loyalty_site.ground.policy import PASSWORD_AGAIN, asks_password
from loyalty_site.ground.sessions import GIVEN_AT
from members.models import Member, MemberStatus
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop
from tests.test_policy_matrix import ROUTES

pytestmark = pytest.mark.django_db
PASSWORD = "a good long one"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def client(settings: Any) -> Client:
    """An administrator who logged in with the password."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    person = UserFactory(username="boss", role=Role.ADMINISTRATOR)
    person.set_password(PASSWORD)
    person.save()
    found = Client()
    found.post(reverse("admin:login"), {"username": "boss", "password": PASSWORD})
    return found


def grow_old(client: Client, minutes: int = 16) -> None:
    """So long ago was the password given."""
    session = client.session
    session[GIVEN_AT] -= minutes * 60
    session.save()


def asks(answer: Any) -> bool:
    return answer.status_code == 200 and f'name="{FIELD}"' in answer.content.decode()


def hidden(answer: Any) -> dict[str, list[str]]:
    """What the page that asks would send along."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.content.decode()):
        found.setdefault(unescape(name), []).append(unescape(value))
    found.pop("csrfmiddlewaretoken", None)
    return found


def go_on(client: Client, url: str, answer: Any, password: str = PASSWORD) -> Any:
    return client.post(url, {**hidden(answer), FIELD: password})


EXPORT = {"format": "csv", "reason": "for the accountant & <co>"}


def export_url() -> str:
    return reverse("admin:members_member_export") + "?q=anna"


def test_who_has_just_logged_in_is_not_asked(client: Client, shop: Shop):
    assert not asks(client.post(export_url(), EXPORT))
    assert ExportFile.objects.count() == 1
    grow_old(client, minutes=14)
    assert not asks(client.post(export_url(), EXPORT))


def test_later_the_password_lets_what_was_sent_go_on_as_it_was(client: Client, shop: Shop):
    grow_old(client)
    asked = client.post(export_url(), EXPORT)
    assert asks(asked)
    assert asked["Cache-Control"] == "no-store"
    assert ExportFile.objects.count() == 0
    done = go_on(client, export_url(), asked)
    export = ExportFile.objects.get()
    assert (export.reason, export.format, export.query) == (EXPORT["reason"], "csv", "q=anna")
    assert done["Location"] == reverse("admin:ground_exportfile_change", args=[export.pk])
    act = Audit.objects.get(action="confirm_password")
    assert (act.actor_label, act.details) == ("boss", {"before": "admin:members_member_export"})
    # And for some minutes there is peace.
    assert not asks(client.post(export_url(), EXPORT))


def test_a_wrong_password_does_nothing_and_loses_nothing(client: Client, shop: Shop):
    grow_old(client)
    asked = client.post(export_url(), EXPORT)
    again = go_on(client, export_url(), asked, "something else")
    assert asks(again)
    assert "This is not your password" in again.content.decode()
    assert hidden(again) == hidden(asked)
    assert "something else" not in again.content.decode()
    assert ExportFile.objects.count() == 0
    assert Audit.objects.filter(action="wrong_password").count() == 1
    assert asks(client.post(export_url(), EXPORT))  # still old
    assert not asks(go_on(client, export_url(), again))
    assert ExportFile.objects.get().reason == EXPORT["reason"]


def test_it_is_no_way_to_guess(client: Client, shop: Shop):
    """The same limit as at the log-in, counted together with it."""
    grow_old(client)
    asked = client.post(export_url(), EXPORT)
    for number in range(5):
        asked = go_on(client, export_url(), asked, f"guess {number}")
    stopped = go_on(client, export_url(), asked)
    assert "Too many tries from here" in stopped.content.decode()
    assert ExportFile.objects.count() == 0
    assert Audit.objects.filter(action="wrong_password").count() == 5
    log_in = Client().post(reverse("admin:login"), {"username": "boss", "password": PASSWORD})
    assert "Too many tries from here" in log_in.content.decode()


def test_an_empty_field_asks_again_and_is_no_try(client: Client, shop: Shop):
    grow_old(client)
    asked = client.post(export_url(), EXPORT)
    assert asks(go_on(client, export_url(), asked, ""))
    assert not Audit.objects.filter(action="wrong_password").exists()


def test_erasing_goes_on_with_the_number_that_was_typed(client: Client, shop: Shop):
    member = shop.member()
    url = reverse("members_member_erase", args=[member.pk])
    grow_old(client)
    assert not asks(client.get(url))  # what it means may be read
    asked = client.post(url, {"reason": "in_person", "typed": str(member.pk)})
    assert asks(asked)
    member.refresh_from_db()
    assert member.status == MemberStatus.ENROLLED
    go_on(client, url, asked)
    assert Member.objects.get(pk=member.pk).status == MemberStatus.ERASED


def test_a_file_is_taken_by_a_link_and_the_link_works_after_the_password(client: Client, shop: Shop):
    client.post(export_url(), EXPORT)
    url = reverse("admin:ground_exportfile_download", args=[ExportFile.objects.get().pk])
    grow_old(client)
    page = reverse("admin:ground_exportfile_change", args=[ExportFile.objects.get().pk])
    asked = client.get(url, headers={"Referer": f"http://testserver{page}"})
    assert asks(asked)
    # A browser stays where it is while it fetches a file: not before the question that is already answered.
    right = go_on(client, url, asked)
    assert not asks(right)
    assert f'content="0; url={url}"' in right.content.decode()
    assert f'href="http://testserver{page}"' in right.content.decode()
    assert not asks(client.get(url))


def test_the_way_back_leads_to_no_stranger(client: Client, shop: Shop):
    client.post(export_url(), EXPORT)
    url = reverse("admin:ground_exportfile_download", args=[ExportFile.objects.get().pk])
    grow_old(client)
    asked = client.get(url, headers={"Referer": "https://evil.example/admin/"})
    right = client.post(url, {**hidden(asked), BACK: "//evil.example", FIELD: PASSWORD})
    assert "evil.example" not in asked.content.decode() + right.content.decode()


def test_a_few_looks_are_work_and_many_are_a_copy_of_the_base(client: Client, shop: Shop):
    member = shop.member()
    url = reverse("admin:members_member_reveal", args=[member.pk])
    grow_old(client)
    limit = PASSWORD_AGAIN["admin:members_member_reveal"].after
    assert [asks(client.post(url)) for _ in range(limit)] == [False] * limit
    asked = client.post(url)
    assert asks(asked)
    looks = Audit.objects.filter(action="reveal").count()
    assert looks == limit
    assert "+1 212-555-0123" in (page := go_on(client, url, asked).content.decode()) or "2125550123" in page
    assert Audit.objects.filter(action="reveal").count() == limit + 1


def test_whoever_may_not_is_refused_and_not_asked(shop: Shop):
    marketing = Client()
    marketing.force_login(UserFactory(role=Role.MARKETING))
    grow_old(marketing)
    assert marketing.post(export_url(), EXPORT).status_code == 403
    assert "login" in Client().post(export_url(), EXPORT)["Location"]


def test_every_guarded_page_exists_and_every_export_is_guarded():
    names = {route.name for route in ROUTES}
    assert set(PASSWORD_AGAIN) <= names
    exports = {name for name in names if (rule := policy.rule_for(name)) and rule.action is policy.Action.EXPORT}
    assert len(exports) >= 30
    assert all(asks_password(name) for name in exports)
