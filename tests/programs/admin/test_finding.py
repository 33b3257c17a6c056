"""The list of a big customer base: no far pages, no counting of everybody, filters by an index."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loyalty_site.ground.admin.paging import COUNT_AT_MOST
from members.models import Member
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("crowds")]
PEOPLE = COUNT_AT_MOST + 2_000


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def boss(shop: Shop) -> Client:
    client = Client()
    client.force_login(UserFactory(username="boss"))
    return client


@pytest.fixture
def crowd(shop: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_member (kind, status, name, search_name, language, sex, source, note, custom) "
            "SELECT 'person', 'enrolled', 'Anna ' || md5(n::text), 'anna ' || md5(n::text), 'en', '', '', '', '{}' "
            "FROM generate_series(1, %s) n",
            [PEOPLE],
        )
        cursor.execute("ANALYZE members_member")


def look(client: Client, **query: Any) -> tuple[Any, list[str]]:
    """(the list, what was asked of the database)."""
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(reverse("admin:members_member_changelist"), query)
    assert answer.status_code == 200
    return answer, [one["sql"] for one in seen.captured_queries]


@pytest.mark.parametrize("query", [{}, {"q": "anna"}, {"kind__exact": "person"}])
def test_far_pages_end_and_say_so(boss: Client, crowd: None, query: dict[str, str]):
    answer, asked = look(boss, p=COUNT_AT_MOST // 25, **query)
    changes = answer.context["cl"]
    assert len(changes.result_list) == 25
    assert changes.paginator.num_pages == COUNT_AT_MOST // 25
    assert changes.result_count > COUNT_AT_MOST
    page_text = answer.content.decode()
    assert "Search or filter to see the others." in page_text
    # Nobody counted them to the last, so no page says that somebody did.
    assert f"about {changes.expected_count:,} results" in page_text
    assert f"about {changes.expected_count:,} members" in page_text
    assert abs(changes.expected_count - changes.result_count) < changes.result_count / 10
    assert ("Show all" in page_text) == bool(query)
    # What a row shows is asked for the rows of the page alone, never for those before it.
    far = [sql for sql in asked if "OFFSET" in sql]
    assert [sql for sql in far if "programs_account" in sql] == []
    assert len(far) == 1
    page = {**query, "p": COUNT_AT_MOST // 25 + 1}
    assert boss.get(reverse("admin:members_member_changelist"), page).status_code == 302


def test_a_short_list_says_nothing_of_others(boss: Client, shop: Shop):
    shop.member()
    answer, _asked = look(boss)
    assert "Search or filter to see the others." not in answer.content.decode()
    assert "1 result" in answer.content.decode()
    assert "Show all" not in answer.content.decode()
    assert answer.context["cl"].expected_count == 0
    assert answer.context["cl"].result_count == 1


def test_pages_follow_each_other_without_a_gap(boss: Client, shop: Shop):
    made = [shop.member(phone=f"+1212555{number:04}", name=f"Person {number:02}").pk for number in range(60)]
    for query in ({}, {"q": "person"}, {"language__exact": ""}):
        shown = [member.pk for page in (1, 2, 3) for member in look(boss, p=page, **query)[0].context["cl"].result_list]
        assert shown == sorted(made, reverse=True)


def test_a_list_that_ends_sooner_than_expected_is_counted_anew(boss: Client, crowd: None):
    Member.objects.filter(search_name__startswith="anna").update(status="contact")
    Member.objects.filter(pk__in=list(Member.objects.values_list("pk", flat=True)[:7])).update(status="enrolled")
    changes = look(boss, status__exact="enrolled")[0].context["cl"]
    assert (changes.result_count, len(changes.result_list), changes.multi_page) == (7, 7, False)


@pytest.mark.parametrize("query", [{"kind__exact": "company"}, {"status__exact": "contact"}, {"language__exact": "he"}])
def test_a_filter_that_finds_nobody_reads_no_table(boss: Client, crowd: None, query: dict[str, str]):
    answer, asked = look(boss, **query)
    assert answer.context["cl"].result_count == 0
    people = [sql for sql in asked if '"members_member"' in sql and not sql.startswith("EXPLAIN")]
    assert people
    with connection.cursor() as cursor:
        for sql in people:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            assert not _reads_everybody(cursor.fetchone()[0]), sql


def _reads_everybody(plan: Any) -> bool:
    text = json.dumps(plan)
    return '"Node Type": "Seq Scan"' in text and '"Relation Name": "members_member"' in text
