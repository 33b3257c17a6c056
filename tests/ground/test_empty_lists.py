"""No list is a dead end: while it is empty it says what it is for and offers the next step."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.admin import PolicyModelAdmin
from loyalty_site.ground.models import Role
from programs.models import Store
from tests.factories.configuration import UserFactory

# Always filled (a signed-in person is one of the staff, the schedules come with the installation), or one row to edit.
NEVER_EMPTY = {"ground.user", "ground.company", "programs.lifecyclemodel"}


def test_every_list_has_words_for_when_it_is_empty():
    silent = [
        page.resource
        for page in admin.site._registry.values()
        if isinstance(page, PolicyModelAdmin) and not page.empty_says
        if page.resource not in NEVER_EMPTY and not page.resource.startswith("django_celery_beat.")
    ]
    assert silent == []


@pytest.mark.django_db
def test_an_empty_list_offers_the_next_step_and_a_fruitless_search_the_way_back():
    client = Client()
    client.force_login(UserFactory(role=Role.ADMINISTRATOR))
    address = reverse("admin:programs_store_changelist")
    empty = client.get(address).content.decode()
    assert str(admin.site._registry[Store].empty_says) in empty
    assert reverse("admin:programs_store_add") in empty
    fruitless = client.get(address, {"q": "nonsense"}).content.decode()
    assert "Nothing matches" in fruitless
    assert 'href="?"' in fruitless
