"""An empty installation gets its company and somebody who can sign in, once."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from loyalty_site.ground.models import Audit, Company, Role, User

pytestmark = pytest.mark.django_db
VALID = {"country": "il", "time_zone": "Asia/Jerusalem", "currency": "ils"}


def set_up(**changes) -> str:
    output = io.StringIO()
    call_command("set_up", "Green Grocer", stdout=output, **VALID | changes)
    return output.getvalue()


def test_company_and_first_administrator_are_made(client):
    output = set_up(administrator="dana")

    company = Company.objects.get()
    assert (company.name, company.country, company.currency) == ("Green Grocer", "IL", "ILS")
    dana = User.objects.get(username="dana")
    assert (dana.role, dana.is_staff, dana.is_superuser) == (Role.ADMINISTRATOR, True, False)
    password = output.splitlines()[0].rsplit(" ", 1)[1]
    assert client.login(username="dana", password=password)
    assert client.get("/admin/").status_code == 200
    assert Audit.objects.get().action == "set_up"


def test_a_second_time_is_refused_and_changes_nothing():
    set_up()

    with pytest.raises(CommandError, match="already serves Green Grocer"):
        set_up(administrator="other")

    assert User.objects.count() == Company.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("country", "XX", "not a country"),
        ("time_zone", "Jerusalem", "no time zone"),
        ("currency", "shekel", "not a currency"),
    ],
)
def test_what_cannot_be_is_told_with_an_example(field, value, says):
    with pytest.raises(CommandError, match=says):
        set_up(**{field: value})

    assert not Company.objects.exists()
