"""Expected numbers of rows, and lists that can have none."""

from __future__ import annotations

import pytest

from loyalty_site.ground.models import User
from loyalty_site.ground.queries.estimates import expected_rows
from tests.factories.configuration import UserFactory

pytestmark = pytest.mark.django_db


def test_a_list_is_expected_to_have_rows():
    UserFactory(username="ada")
    assert expected_rows(User.objects.filter(username="ada").order_by("pk")) >= 1


@pytest.mark.parametrize(
    "rows", [User.objects.none(), User.objects.filter(pk__in=[]), User.objects.none().values("pk")]
)
def test_nothing_is_expected_where_django_knows_that_there_is_nothing(rows):
    assert expected_rows(rows) == 0
