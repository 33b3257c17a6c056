"""One field for everything: any key in any spelling first, then names in any script, each by an index."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from loyalty_site.ground.policy import system
from members.models import Identifier, Member
from members.queries.search import COUNTED, Found, find_members, search_members
from members.services import enrol_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("crowds")]
BOSS = system("tests")
CROWD = 20_000


@pytest.fixture
def anna(now: dt.datetime) -> Member:
    keys = [
        ("phone", "8 900 123-45-02"),
        ("card", "2912 3456 7890 1234"),
        ("code", "кот-7"),
        ("email", "Anna.P@Example.com"),
    ]
    return enrol_member(name="Анна Петрова-Водкина", identifiers=keys, region="RU", actor=BOSS, now=now)


def found(text: str) -> list[Member]:
    return list(search_members(Member.objects.order_by("-id"), text, region="RU"))


@pytest.mark.parametrize(
    "text",
    [
        "+7 900 123 45 02", "89001234502", "9001234502", "(900) 123-45-02", "７９００１２３４５０２",
        "2912345678901234", "2912-3456-7890-1234", "КОТ7", "кот-7", "anna.p@example.com", "mailto:ANNA.P@EXAMPLE.COM",
        "анна петрова", "ПЕТРОВА", "водкина анна", "Анна Петорва",
    ],
)  # fmt: skip
def test_any_spelling_of_anything(anna: Member, text: str):
    assert found(text) == [anna]


def test_names_in_any_script(now: dt.datetime):
    names = {"דניאל כהן": ["כהן", "דניאל"], "José Álvarez": ["josé", "álvarez"], "Фёдор Ким": ["федор", "ФЁДОР"]}
    for number, (name, texts) in enumerate(names.items()):
        member = enrol_member(name=name, identifiers=[("card", f"77{number}")], region="RU", actor=BOSS, now=now)
        for text in texts:
            assert found(text) == [member], text


def test_names_in_the_other_letters(now: dt.datetime):
    names = {"Сергей Иванов": "Sergey Ivanov", "Юлия Щукина": "yulia shchukina", "Anna Smirnova": "Анна Смирнова"}
    names |= {"Наталья Чехова": "Chekhova", "Dmitry Zhukov": "жуков", "Дмитрий Донской": "dmitry donskoy"}
    for number, (name, text) in enumerate(names.items()):
        member = enrol_member(name=name, identifiers=[("card", f"88{number}")], region="RU", actor=BOSS, now=now)
        assert found(text) == [member], text


def test_a_scanned_link_is_the_card_or_code_in_it(anna: Member):
    for link in (
        "https://shop.example/c/КОТ-7",
        "https://shop.example/c/%D0%BA%D0%BE%D1%82-7/",
        "HTTPS://shop.example/?code=кот-7&lang=ru",
        "http://shop.example/x?card=2912+3456+7890+1234",
    ):
        assert found(link) == [anna], link
    assert found("https://shop.example/") == []


def test_a_key_comes_before_names_that_look_like_it(anna: Member, now: dt.datetime):
    enrol_member(name="2912345678901234", identifiers=[("card", "1")], region="RU", actor=BOSS, now=now)
    assert found("2912345678901234") == [anna]


def test_an_ended_key_finds_nobody(anna: Member, now: dt.datetime):
    Identifier.objects.filter(kind="card").update(ended_at=now)
    assert found("2912345678901234") == []


def by_part(text: str) -> Found:
    return find_members(Member.objects.order_by("-id"), text, region="RU", with_parts=True)


@pytest.mark.parametrize(
    "text", ["4502", "123-45-02", "123 45 02", "7890 1234", "901234", "anna.p@", "Anna.P", "anna.p@ex"]
)
def test_what_people_remember_of_a_key(anna: Member, text: str):
    """Its end, or how an address begins; only for those who may see keys."""
    assert list(by_part(text).members) == [anna]
    assert by_part(text).count == 1
    assert found(text) == []


def test_a_card_is_found_by_how_it_begins(anna: Member):
    assert [by_part(text).count for text in ("291234", "2912 3456", "29123", "291235")] == [1, 1, 0, 0]
    assert found("291234") == []


def test_a_beginning_of_nines_has_no_number_after_it(now: dt.datetime):
    for card in ("99999901", "9999990", "29999991", "3000000"):
        enrol_member(name="Somebody", identifiers=[("card", card)], region="RU", actor=BOSS, now=now)
    assert [by_part(text).count for text in ("999999", "299999", "9999999")] == [2, 1, 0]


def test_a_short_word_begins_a_word_of_the_name(anna: Member):
    assert [found(text) for text in ("ан", "а", "во", "ПЕ во", "an", "(ан)", "ан'")] == [[anna]] * 7
    assert [found(text) for text in ("на", "ро", "x", "ан на")] == [[]] * 4


def test_marks_alone_find_nobody(anna: Member):
    """And not everybody, by reading all names: no index holds marks."""
    for text in ("%", "_", "\\", "'", "--", "...", "😀", "\u200f", "%%%", "'\"'"):
        with CaptureQueriesContext(connection) as seen:
            assert by_part(text).count == 0, text
        assert [one for one in seen.captured_queries if "search_name" in one["sql"]] == [], text


def test_a_part_in_the_middle_or_of_an_ended_key_finds_nobody(anna: Member, now: dt.datetime):
    assert [by_part(text).count for text in ("12345", "502", "example", "@example.com")] == [0, 0, 0, 0]
    Identifier.objects.update(ended_at=now)
    assert [by_part(text).count for text in ("4502", "anna.p@")] == [0, 0]


def test_the_nearest_of_misspelt_names_comes_first(now: dt.datetime):
    names = ["Kuznetsovich Anna", "Kuznetsova Anna", "Kuznetson Olga"]
    for number, name in enumerate(names):
        enrol_member(name=name, identifiers=[("card", f"55{number}")], region="RU", actor=BOSS, now=now)
    assert next(member.name for member in found("Kusnetsova Anna")) == "Kuznetsova Anna"


def test_many_are_counted_up_to_a_limit(anna: Member):
    _crowd()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET search_name = 'crowd ' || search_name WHERE id <> %s", [anna.pk])
    many = find_members(Member.objects.order_by("-id"), "crowd", region="RU")
    assert many.ids is None
    assert many.count > COUNTED
    assert len(many.members[:50]) == 50


def test_those_who_were_counted_are_known_in_the_order_of_the_list(anna: Member, now: dt.datetime):
    others = [
        enrol_member(name="Анна", identifiers=[("card", f"66{number}")], region="RU", actor=BOSS, now=now)
        for number in range(3)
    ]
    people = find_members(Member.objects.order_by("-id"), "анна", region="RU")
    assert people.ids == [member.pk for member in people.members] == [one.pk for one in [*reversed(others), anna]]


def test_no_search_reads_the_whole_table(anna: Member, now: dt.datetime):
    """Every statement of a search, asked of the planner as it is, on twenty thousand people."""
    _crowd()
    texts = ["+7 900 123 45 02", "2912345678901234", "кот-7", "anna.p@example.com", "анна петрова-водкина", "Водкнна"]
    for text in [*texts, "123-45-02", "anna.p@", "291234"]:
        with CaptureQueriesContext(connection) as seen:
            people = find_members(Member.objects.order_by("-id"), text, region="RU", with_parts=True)
            page: QuerySet[Member] = people.members[:50]
            assert [member.pk for member in page] == [anna.pk], text
        for query in [one["sql"] for one in seen.captured_queries if not one["sql"].startswith("EXPLAIN")]:
            assert "count(" not in query.casefold()
            assert _whole_tables_read(query) == [], query


def test_the_index_knows_short_words(anna: Member):
    """Without three letters in a row it would hand over everybody, to be looked at one by one."""
    _crowd()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # twenty thousand are soon read, a million are not
        for text in ("во", "пе", "п", "пе ан", "ан."):
            with CaptureQueriesContext(connection) as seen:
                assert found(text) == [anna]
            named = [one["sql"] for one in seen.captured_queries if one["sql"].startswith("WITH found")]
            assert len(named) == 1
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {named[0]}")
            plan = cursor.fetchone()[0]
            assert _rows_looked_at_in_vain(plan[0]["Plan"]) < 10, text


def _rows_looked_at_in_vain(node: dict[str, Any]) -> float:
    here = node.get("Rows Removed by Index Recheck", 0) + node.get("Rows Removed by Filter", 0)
    return here + sum(map(_rows_looked_at_in_vain, node.get("Plans", [])))


def _crowd() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_member (kind, status, name, search_name, language, sex, source, note, custom) "
            "SELECT 'person', 'enrolled', md5(n::text), left(md5(n::text), 12) || ' ' || right(md5(n::text), 12), "
            "'', '', '', '', '{}' FROM generate_series(1, %s) n",
            [CROWD],
        )
        cursor.execute(
            "INSERT INTO members_identifier (member_id, kind, value, shown) "
            "SELECT id, 'phone', '+1' || lpad(id::text, 10, '0'), '' FROM members_member WHERE source = ''"
        )
        cursor.execute("ANALYZE members_member, members_identifier")


def _whole_tables_read(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}")
        plan = cursor.fetchone()[0]
    found: list[str] = []

    def walk(node: dict[str, Any]) -> None:
        # An index without a condition is the whole table too, in order.
        is_whole = "Scan" in node["Node Type"] and "Index Cond" not in node and "Bitmap" not in node["Node Type"]
        if is_whole and "Relation Name" in node:
            found.append(node["Relation Name"])
        for part in node.get("Plans", []):
            walk(part)

    walk((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
    return found
