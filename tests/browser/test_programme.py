"""A whole programme by the admin alone: every rule clicked together, published, given by the API, and read as its terms."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Role
from members.models import Member
from programs.models import Rule
from tests.browser.conftest import PASSWORD, Visitor
from tests.factories.configuration import (
    CategoryFactory,
    CompanyFactory,
    ProductFactory,
    TerminalFactory,
    UserFactory,
)
from tests.programs.till import ApiTill

GOODS = {"COFFEE": "Coffee", "TEA": "Tea", "BREAD": "Bread"}

WITHOUT_MARKS = dict.fromkeys(range(0x2066, 0x206A))  # that keep figures and foreign words in their order
TERMS = (
    (
        "en",
        "ltr",
        (
            "You earn points with every purchase: 1 for each 10.00 USD.",
            "Tenth coffee. Every piece number 10 is free, when the article is of Coffee.",
            "Discount for regulars. By what was spent altogether: from 200 USD: 3 % off, from 600 USD: 5 % off, always.",
            "Tea week. Points times 2, when the article is of Tea and it is between ",
            "Birthday gift. 25 points, when it is 3 days before to 3 days after the member's birthday.",
            "New members are given 100 points at once.",
            "Silver. From 100 USD on: points times 1.5.",
            "Gold. From 500 USD on: points times 2.",
            "What was spent within 12 months counts for the tier.",
            "100 points are worth 10.00 USD, for up to 30 % of a bill.",
        ),
    ),
    (
        "ru",
        "ltr",
        (
            "Баллы копятся с каждой покупкой: 1 за каждые 10,00 USD.",
            "Tenth coffee. Каждая 10-я штука бесплатно, если товар из категории Coffee.",
            "Discount for regulars. По сумме покупок за всё время: от 200 USD: скидка 3 %, от 600 USD: скидка 5 %, всегда.",
            "Tea week. Баллы × 2, если товар из категории Tea и с ",
            "Birthday gift. Баллы: 25, если день рождения участника близко (дней до: 3, дней после: 3).",
            "Новым участникам баллы начисляются сразу: 100.",
            "Silver. От 100 USD: баллы × 1,5.",
            "Gold. От 500 USD: баллы × 2.",
            "Для уровня считается сумма покупок за последние месяцы (12).",
            "100 баллов — это 10,00 USD, до 30 % чека.",
        ),
    ),
    (
        "he",
        "rtl",
        (
            "בכל קנייה צוברים נקודות: 1 על כל 10.00 USD.",
            "Tenth coffee. כל יחידה מספר 10 חינם, כאשר הפריט מקטגוריה Coffee.",
            "Discount for regulars. לפי סכום הקניות בכל הזמן: מ־200 USD: 3 % הנחה, מ־600 USD: 5 % הנחה, תמיד.",
            "Tea week. נקודות כפול 2, כאשר הפריט מקטגוריה Tea וגם בין ",
            "Birthday gift. נקודות: 25, כאשר סביב יום ההולדת של החבר (ימים לפני: 3, ימים אחרי: 3).",
            "חברי מועדון חדשים מקבלים מייד 100 נקודות.",
            "Silver. החל מ־100 USD: נקודות כפול 1.5.",
            "Gold. החל מ־500 USD: נקודות כפול 2.",
            "לדרגה נספר סכום הקניות ב־12 החודשים האחרונים.",
            "100 נקודות שוות 10.00 USD, עד 30 % מהחשבון.",
        ),
    ),
)


@pytest.fixture
def till(transactional_db: None) -> ApiTill:
    """The enrolled till of a company that sells coffee, tea and bread and has no programme yet."""
    CompanyFactory(languages=["en", "ru", "he"])
    for sku, name in GOODS.items():
        ProductFactory(sku=sku, name=name, category=CategoryFactory(code=sku.lower(), name=name))
    boss = UserFactory(username=Role.MARKETING, role=Role.MARKETING)
    boss.set_password(PASSWORD)
    boss.save()
    scopes = ["lookup", "earn", "redeem", "return", "enrol"]
    return ApiTill(TerminalFactory(scopes=scopes), timezone.now())


@pytest.fixture
def newcomer(browser: Any, live_server: Any, till: ApiTill) -> Iterator[Visitor]:
    visitor = Visitor(browser, live_server.url)
    visitor.log_in(Role.MARKETING)
    yield visitor
    visitor.context.close()


def test_a_programme_made_in_the_admin_is_given_by_the_api_and_read_in_three_languages(
    newcomer: Visitor, till: ApiTill
):
    _numbers_and_tiers(newcomer)
    _rules(newcomer, timezone.localdate())
    _published(newcomer)
    assert newcomer.complaints == []
    assert Rule.objects.count() == 4
    _given(till)
    _read(newcomer)


def _numbers_and_tiers(visitor: Visitor) -> None:
    """1 point per 10, points pay at most 30 % of a bill, a gift of 100 points for joining, three tiers."""
    visitor.go("/admin/programs/program/")
    page = visitor.page
    page.get_by_role("link", name="Add programme").first.click()
    page.fill("#id_name", "Corner Club")
    page.get_by_role("button", name="An empty one").click()
    page.get_by_role("link", name="The programme itself").click()
    page.select_option("#id_goal", "keep")
    page.select_option("#id_key_factor", "treatment")
    numbers = {"earn_points": "1", "earn_per": "10", "point_value": "0.1", "redeem_max_percent": "30"}
    for name, value in (numbers | {"welcome_points": "100", "welcome_days": "30"}).items():
        page.fill(f"#id_{name}", value)
    page.select_option("#id_ladder_window", "months")
    page.fill("#id_ladder_length", "12")
    for number, (name, threshold, factor) in enumerate([("Green", 0, 1), ("Silver", 100, 1.5), ("Gold", 500, 2)]):
        page.get_by_role("link", name="Add another Tier").click()
        page.fill(f"#id_tiers-{number}-name", name)
        page.fill(f"#id_tiers-{number}-key", name.lower())
        page.fill(f"#id_tiers-{number}-threshold", str(threshold))
        page.fill(f"#id_tiers-{number}-multiplier", str(factor))
    page.get_by_role("button", name="Save", exact=True).click()


def _rules(visitor: Visitor, today: dt.date) -> None:
    page = visitor.page
    _begin(page, "Every tenth piece free: a stamp card", "Tenth coffee")
    page.get_by_label("The free piece is number").fill("10")
    _category(page, "Coffee")
    _save(page)

    _begin(page, "More off the more they have bought", "Discount for regulars")
    for number, (start, off) in enumerate([("200", "3"), ("600", "5")], start=1):
        page.get_by_label(f"Row {number}: from").fill(start)
        page.get_by_label(f"Row {number}: comes off").fill(off)
    _save(page)

    _begin(page, "Double points, or more", "Tea week")
    page.get_by_label("Points times").fill("2")
    _category(page, "Tea")
    _condition(page, "it is between two dates")
    page.get_by_label("From", exact=True).fill(str(today - dt.timedelta(days=2)))
    page.get_by_label("To", exact=True).fill(str(today + dt.timedelta(days=4)))
    _save(page)

    _begin(page, "So many points", "Birthday gift")
    page.get_by_label("Points", exact=True).fill("25")
    _condition(page, "it is the member's birthday, or near it")
    page.get_by_label("Days before").fill("3")
    page.get_by_label("Days after").fill("3")
    _save(page)


def _begin(page: Any, gives: str, name: str) -> None:
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_role("link", name=gives, exact=True).click()
    page.get_by_label("Name of the rule").fill(name)


def _condition(page: Any, asks: str) -> None:
    page.get_by_label("Add a condition:").select_option(label=asks)
    page.get_by_role("button", name="Add", exact=True).click()


def _category(page: Any, name: str) -> None:
    _condition(page, "the article is of a category")
    page.get_by_label(name, exact=True).check()


def _save(page: Any) -> None:
    page.get_by_role("button", name="Save the rule").click()
    page.wait_for_selector(".designer-rows")


def _published(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Publish…").last.click()
    if page.locator("[name=seen]").count():
        page.locator("[name=seen]").check()
    page.get_by_role("button", name="Publish for 0 people").click()
    page.wait_for_url("**/rules/")
    assert "Version 1 is published." in page.content()


def _given(till: ApiTill) -> None:
    """Each of the rules, as tills get it."""
    anna = _enrolled(till, "+12125550123", gift="100")
    paying = _posted(till, "quotes", anna, BREAD="20.00", redeem_points="60")
    assert (paying["paid_with_points"], paying["to_pay"], paying["redeemable"]) == ("6.00", "14.00", "60")
    greedy = till.post("quotes", _basket(anna, BREAD="20.00", redeem_points="61"))
    assert (greedy.status_code, greedy.json()["code"]) == (422, "redemption_above_share")
    assert _posted(till, "quotes", anna, BREAD="20.00")["points_earned"] == "2"
    assert _posted(till, "quotes", anna, TEA="30.00")["points_earned"] == "6"

    nine = _posted(till, "sales", anna, COFFEE="27.00", pieces="9")
    assert [(card["held"], card["needed"]) for card in nine["stamps"]] == [(9, 9)]
    assert _posted(till, "quotes", anna, COFFEE="3.00")["to_pay"] == "0.00"

    boris, today = _enrolled(till, "+12125550124", gift="100"), timezone.localdate()
    Member.objects.filter(public_id=boris).update(birth_month=today.month, birth_day=today.day)
    assert _posted(till, "quotes", boris, BREAD="20.00")["points_earned"] == "27"

    clara = _enrolled(till, "+12125550125", gift="100")
    told = [_told(_posted(till, "sales", clara, BREAD=spent)) for spent in ("100.00", "100.00", "500.00", "100.00")]
    assert told == [
        ("100.00", "10", "Silver"),
        ("100.00", "15", "Silver"),
        ("485.00", "72", "Gold"),
        ("95.00", "18", "Gold"),
    ]


def _enrolled(till: ApiTill, phone: str, *, gift: str) -> str:
    body = {"phone": phone, "name": "Somebody", "consents": [{"purpose": "processing"}]}
    answer = till.post("members", body).json()
    assert answer["gift"] == gift
    return str(answer["member"]["id"])


def _basket(member: str, *, pieces: str = "1", **rest: str) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": pieces, "amount": rest.pop(sku)} for sku in GOODS if sku in rest]
    return {"member": {"id": member}, "lines": lines, **rest}


def _posted(till: ApiTill, path: str, member: str, **basket: str) -> dict[str, Any]:
    number = {"receipt_number": str(uuid.uuid4())} if path == "sales" else {}
    answer = till.post(path, _basket(member, **basket) | number)
    assert answer.status_code in {200, 201}, answer.content
    told: dict[str, Any] = answer.json()
    return told


def _told(sale: dict[str, Any]) -> tuple[str, str, str]:
    return sale["to_pay"], sale["points_earned"], sale["tier"]["name"]


def _read(visitor: Visitor) -> None:
    """The page of the terms, one sentence after the other."""
    for language, direction, sentences in TERMS:
        visitor.go(f"/terms/?lang={language}")
        assert visitor.page.evaluate("document.documentElement.dir") == direction
        said = visitor.page.locator("main").inner_text().translate(WITHOUT_MARKS)
        assert [one for one in sentences if one not in said] == [], said
        assert visitor.overflow() <= 0
