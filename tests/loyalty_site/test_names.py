"""Acts, jobs and ticks are called by names, not by codes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from loyalty_site import names
from loyalty_site.ground.admin.words import act_in_words, fields_in_words, resource_in_words
from loyalty_site.ground.models import Role
from members.models import Purpose
from programs.models import Store
from tests.factories.configuration import StoreFactory, UserFactory

ROOT = Path(settings.BASE_DIR)


def acts() -> set[str]:
    """Every act that a source hands word for word to record_audit, or to the `note` of campaigns."""
    found = set()
    for app in ("loyalty_site", "members", "programs", "feedback", "campaigns"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"record_audit", "note"}:
                    values = [*node.args, *(word.value for word in node.keywords if word.arg == "action")]
                    found |= {value.value for value in values if isinstance(value, ast.Constant)}
    return found


def test_every_act_job_and_tick_has_a_name():
    """A new one gets a line in loyalty_site/names.py."""
    assert len(acts()) > 5
    assert acts() - set(names.ACTS) == set()
    assert set(settings.JOB_HANDLERS) - set(names.JOBS) == set()
    assert set(settings.CELERY_BEAT_SCHEDULE) - set(names.TICKS) == set()
    assert {value: str(name) for value, name in names.PURPOSES.items()} == {
        value: str(name) for value, name in Purpose.choices
    }


def test_what_has_no_name_is_shown_as_it_is():
    assert act_in_words("publish") == "published"
    assert act_in_words("brew") == "brew"
    assert resource_in_words("programs.store") == "store"
    assert resource_in_words("ground.today") == "ground.today"
    assert fields_in_words(Store, ["name", "is_open", "gone"]) == "name, open, gone"


@pytest.mark.django_db
def test_the_audit_and_the_history_of_a_row_are_in_words():
    client = Client()
    client.force_login(UserFactory(role=Role.ADMINISTRATOR, language="ru"))
    store = StoreFactory()
    form = {"partner": store.partner_id, "name": "New name", "code": store.code, "time_zone": "UTC", "is_open": "on"}
    assert client.post(reverse("admin:programs_store_change", args=[store.pk]), form).status_code == 302
    history = client.get(reverse("admin:programs_store_history", args=[store.pk])).content.decode()
    assert "<td>изменено</td><td>название</td>" in history
    acts = client.get(reverse("admin:ground_audit_changelist"), {"action": "change"}).content.decode()
    assert "изменено" in acts
    assert ">магазин<" in acts.replace(" ", "").replace("\n", "")
