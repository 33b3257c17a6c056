"""Finding one person among a million: at the till by each kind of key, and in the back office by name or part of a key.

The till's look-up stands beside the sale's bare DRF POST. The list of people stands beside what Django gives for
nothing: a plain ModelAdmin with `search_fields` and its own paginator over the same table, rendered by its own templates.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, override
from urllib.parse import urlencode

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import Cpu, compare, fill_tables, fresh_database, post
from benchmarks.sale import prepare, sale_body, stock_token

MEMBERS = int(os.environ.get("MEMBERS", "1000000"))
# A stock search takes seconds.
ROUNDS = int(os.environ.get("ROUNDS", "2"))

# Names of three scripts; the often ones come often, as in life: a power of an even number falls on the first most.
_GIVEN = [
    "Anna", "Maria", "John", "David", "Olga", "Peter", "Vera", "Sarah", "Michael", "Ivan", "Elena", "Robert", "Nina",
    "Анна", "Мария", "Ольга", "Пётр", "Иван", "Елена", "Сергей", "Наталья", "Вера", "Дмитрий", "Юлия", "Алексей",
    "שרה", "דוד", "רחל", "יוסף", "מרים", "אברהם", "נועה", "יעל", "משה", "תמר", "Thomas", "Emma", "Lucas", "Zoë", "Jürgen",
]  # fmt: skip
_STEMS = [
    "Smith", "Johnson", "Ivanov", "Petrov", "Cohen", "Levi", "Müller", "Garcia", "Brown", "Novak", "Kowalski", "Silva",
    "Иванов", "Петров", "Смирнов", "Кузнецов", "Соколов", "Попов", "Лебедев", "Козлов", "Новиков", "Морозов",
    "כהן", "לוי", "מזרחי", "פרץ", "ביטון", "דהן", "אברהמי", "פרידמן", "Schmidt", "Fischer", "Weber", "Bauer", "Rossi",
]  # fmt: skip
_ENDINGS = [
    "",
    "a",
    "s",
    "son",
    "ski",
    "berg",
    "man",
    "enko",
    "ova",
    "ich",
    "er",
    "ini",
    "ova-Bell",
    "stein",
    "ton",
    "ide",
]
_PEOPLE = """
    INSERT INTO members_member (public_id, kind, status, name, search_name, language, sex, joined_on, source, note, custom)
    SELECT gen_random_uuid(), 'person', 'enrolled', name, replace(lower(name), 'ё', 'е'), 'en', '', date '2025-01-01', 'bench', '', '{}'
    FROM (SELECT g[1 + floor(cardinality(g) * power(u1, 2))::int] || ' ' || s[1 + floor(cardinality(s) * power(u2, 2))::int]
                 || e[1 + floor(cardinality(e) * power(u3, 2))::int]
                 || CASE WHEN u4 < 0.3 THEN ' ' || initcap(translate(substr(md5(n::text), 1, 6), '0123456789', 'aeioulnrst')) ELSE '' END
                 AS name
          FROM (SELECT n, %(given)s::text[] AS g, %(stems)s::text[] AS s, %(endings)s::text[] AS e,
                       (hashint8extended(n, 1) & 1048575) / 1048576.0 AS u1, (hashint8extended(n, 2) & 1048575) / 1048576.0 AS u2,
                       (hashint8extended(n, 3) & 1048575) / 1048576.0 AS u3, (hashint8extended(n, 4) & 1048575) / 1048576.0 AS u4
                FROM generate_series(1, %(members)s) n) drawn) named;
    INSERT INTO members_identifier (member_id, kind, value, shown)
    SELECT id, 'phone', '+1303' || to_char(2000000 + id, 'FM0000000'), '' FROM members_member WHERE source = 'bench';
    INSERT INTO members_identifier (member_id, kind, value, shown)
    SELECT id, 'card', '29' || to_char(abs(hashint8extended(id, 7)) %% 10000000, 'FM0000000') || to_char(id, 'FM0000000'), ''
    FROM members_member WHERE source = 'bench';
    INSERT INTO members_identifier (member_id, kind, value, shown)
    SELECT id, 'code', 'K' || upper(substr(md5(id::text), 1, 8)) || id, '' FROM members_member WHERE source = 'bench';
    INSERT INTO members_identifier (member_id, kind, value, shown)
    SELECT id, 'email', translate(substr(md5(id::text || 'm'), 1, 7), '0123456789', 'aeioulnrst') || id || '@example.com', ''
    FROM members_member WHERE source = 'bench';
    INSERT INTO programs_account (program_id, owner_id, available, opened_at, active_at)
    SELECT %(program)s, id, 100 + id %% 900, now(), now() FROM members_member WHERE source = 'bench';
    INSERT INTO programs_accountaccess (account_id, member_id, program_id, since)
    SELECT id, owner_id, program_id, opened_at FROM programs_account WHERE owner_id IN (SELECT id FROM members_member WHERE source = 'bench');
    INSERT INTO programs_lot (account_id, granted, remaining, is_pending, earned_at, expires_at)
    SELECT id, available, available, false, opened_at, opened_at + interval '1 year' FROM programs_account;
"""
# What people type: often and rare names, two words, other scripts, a part of a word, a misspelling, nobody.
NAMES = [
    "anna",
    "smithova",
    "John Cohen",
    "Иванов",
    "пётр соколов",
    "כהן",
    "Müllerstein",
    "vera weberton",
    "petrof",
    "xyzzyx",
]
STOCK_ADMIN_TEMPLATES = "contrib/admin/templates"


def main() -> int:
    with fresh_database():
        return run()


def run() -> int:
    from django.core.handlers.wsgi import WSGIHandler
    from django.test.utils import override_settings

    from benchmarks.floor import MIDDLEWARE

    token, phones = prepare()
    began = time.monotonic()
    fill()
    print(f"{MEMBERS} people in {time.monotonic() - began:.0f} s", flush=True)
    product = WSGIHandler()
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        yardstick = WSGIHandler()
    at_the_till(product, yardstick, token, phones)
    in_the_office()
    return 0


def fill() -> None:
    """The million, by statements over whole sets."""
    from programs.models import Program

    values = {
        "members": MEMBERS,
        "given": _GIVEN,
        "stems": _STEMS,
        "endings": _ENDINGS,
        "program": Program.objects.get().pk,
    }
    fill_tables(_PEOPLE, values)


def at_the_till(product: Callable[..., Any], yardstick: Callable[..., Any], token: str, phones: list[str]) -> None:
    """Each kind of key in turn, a person never asked for before at every call."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from members.models import Identifier

    stock = stock_token()
    chance = random.Random(1)
    most = 0

    def floor(number: int) -> None:
        status, content = post(yardstick, "/floor", sale_body(phones, number), HTTP_AUTHORIZATION=f"Token {stock}")
        assert status == 201, content

    who = chance.sample(range(1, MEMBERS + 1), 2000)
    ids = sorted(Identifier.objects.filter(kind="code").values_list("member_id", flat=True))
    for name, kind, field in (
        ("phone", "phone", "phone"), ("card", "card", "card"), ("code", "code", "code"), ("email", "email", "email"),
        ("any-phone", "phone", "any"), ("any-code", "code", "any"),
    ):  # fmt: skip
        wanted = [ids[number - 1] for number in who]
        keys = dict(Identifier.objects.filter(kind=kind, member__in=wanted).values_list("member_id", "value"))
        values = [keys[member] for member in wanted]

        def look_up(number: int, field: str = field, values: list[str] = values) -> None:
            body = {field: values[number % len(values)]}
            status, content = post(product, "/api/v1/lookup", body, HTTP_AUTHORIZATION=f"Bearer {token}")
            assert status == 200, content

        for number in range(20):
            look_up(number)
            floor(number)
        with CaptureQueriesContext(connection) as queries:
            look_up(0)
        most = max(most, len(queries) - 1)
        ratios = compare(look_up, floor, rounds=10, each=100)
        print(f"RATIO lookup-{name} {statistics.median(ratios):.2f} goal <=1.5", flush=True)
    print(f"RATIO lookup-statements {most} goal <=2 (besides signing in)", flush=True)


def in_the_office() -> None:
    """The same texts, typed into three lists by somebody who may see everything: ours, a stock list that searches the
    names alone, and a stock list that searches what ours does, names and keys."""
    ours, names_only, same_search = our_list(), stock_list("name"), stock_list("name", "identifiers__value")
    cpu = Cpu()

    def cost(page: Callable[[str], int], text: str) -> tuple[float, int]:
        before = cpu()
        shown = page(text)
        return (cpu() - before).total, shown

    for page in (ours, names_only, same_search):
        page("anna")
    to_names: list[float] = []
    to_same: list[float] = []
    cheapest = float("inf")
    for text in NAMES:
        mine: list[tuple[float, int]] = []
        plain: list[tuple[float, int]] = []
        same: list[tuple[float, int]] = []
        for turn in range(ROUNDS):
            for page, costs in ((ours, mine), (names_only, plain), (same_search, same))[:: 1 if turn % 2 else -1]:
                costs.append(cost(page, text))
        our_cost, plain_cost, same_cost = (
            statistics.median(used for used, _ in costs) for costs in (mine, plain, same)
        )
        to_names.append(our_cost / plain_cost)
        to_same.append(our_cost / same_cost)
        cheapest = min(cheapest, same_cost)
        print(
            f"{text:20} ours {our_cost * 1000:5.0f} ms, {mine[0][1]} found; stock {same_cost * 1000:6.0f} ms, "
            f"{same[0][1]} found; stock by names alone {plain_cost * 1000:5.0f} ms, {plain[0][1]} found",
            flush=True,
        )
    worst = 0.0
    for text in _keys_and_parts():
        tries = [cost(ours, text) for _ in range(ROUNDS)]
        used = statistics.median(used for used, _ in tries)
        worst = max(worst, used / cheapest)
        print(f"{text:32} ours {used * 1000:5.0f} ms, {tries[0][1]} found", flush=True)
    print(f"{ROUNDS} rounds; to the same search: {min(to_same):.3f} to {max(to_same):.3f} by name searched for")
    print(f"RATIO admin-search {statistics.median(to_same):.3f} goal <=0.1")
    print(f"RATIO admin-search-keys {worst:.3f} goal <=0.1 (the slowest key or part of one)")
    print(f"RATIO admin-search-names-alone {statistics.median(to_names):.3f} (a stock list that knows no keys)")


def _keys_and_parts() -> list[str]:
    """One person's keys, and what somebody may remember of them; and what nobody has."""
    from members.models import Identifier

    phone, card, code, email = (
        Identifier.objects.filter(kind=kind).order_by("-id").values_list("value", flat=True)[MEMBERS // 2]
        for kind in ("phone", "card", "code", "email")
    )
    parts = [phone[-7:], phone[-4:], phone[2:9], card[4:12], card[-6:], code[3:9], code[-5:], email[:6], email[2:9]]
    return [phone, card, code, email, *parts, "example.com", "98765432"]


def our_list() -> Callable[[str], int]:
    """The product's list, rendered, for an administrator; how many it says it found."""
    from django.contrib import admin

    from members.models import Member

    return _pages(admin.site._registry[Member], "")


def stock_list(*fields: str) -> Callable[[str], int]:
    """A plain ModelAdmin with a site and templates as `startproject` gives them."""
    import django
    from django.contrib import admin
    from django.template import engines

    from members.models import Member

    class People(admin.ModelAdmin):
        list_display = ["name", "kind", "status", "joined_on"]
        search_fields = fields

        @override
        def has_view_permission(self, request: Any, obj: Any = None) -> bool:
            return True

    folder = Path(django.__file__).parent / STOCK_ADMIN_TEMPLATES
    engines.templates["stock"] = {
        "BACKEND": "django.template.backends.django.DjangoTemplates", "NAME": "stock", "DIRS": [folder],
        "APP_DIRS": False, "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }  # fmt: skip
    return _pages(People(Member, admin.AdminSite()), "stock")


def _pages(page: Any, engine: str) -> Callable[[str], int]:
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.test import RequestFactory
    from django.urls import reverse

    from loyalty_site.ground.policy import ADMINISTRATOR
    from loyalty_site.middleware import principal_of
    from tests.factories.configuration import UserFactory

    person = UserFactory(role=ADMINISTRATOR)

    def show(text: str) -> int:
        request: Any = RequestFactory().get(f"{reverse('admin:members_member_changelist')}?{urlencode({'q': text})}")
        request.user, request.principal, request.session = person, principal_of(person), {}
        request._messages = FallbackStorage(request)
        response = page.changelist_view(request)
        if engine:
            response._engine = engine
            response.using = engine
        assert response.render().status_code == 200
        return response.context_data["cl"].result_count

    return show


if __name__ == "__main__":
    sys.exit(main())
