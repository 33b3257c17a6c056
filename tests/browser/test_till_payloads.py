"""Whatever people write is shown by the till page as the text that it is, and nowhere runs (T59)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from loyalty_site.ground.models import Company, ConsentWording
from loyalty_site.ground.policy import system
from members.models import CustomField, Member
from members.services import lend_card, write_notice
from programs.models import Cashier, CouponSeries, Product, Purchase
from programs.services.cashiers import set_cashier_pin, sign_in
from programs.services.coupons import issue_coupons
from tests.browser.payloads import PAYLOADS, RUN
from tests.browser.till_screen import Screen
from tests.factories.configuration import (
    CouponSeriesFactory,
    ProductFactory,
    RewardFactory,
    RuleFactory,
    TierFactory,
    publish,
)
from tests.programs.shop import Shop, open_shop

BOSS = system("tests")
# What would be on the page if a text had become markup: elements the page never makes, and attributes that are programs.
MARKUP = """() => {
    const foreign = "#till script, #till style, img, iframe, object, embed, base, form[action], audio, source, math, marquee, animate, use, body > script";
    const isProgram = ({ name, value }) => name.startsWith("on") || name === "srcdoc" || name === "style" || /^javascript:/i.test(value);
    return [...document.querySelectorAll("*")].filter((one) => one.matches(foreign) || [...one.attributes].some(isProgram)).map((one) => one.outerHTML);
}"""


def phone_of(n: int) -> str:
    return f"21255510{n:02}"


def texts() -> Callable[[int], str]:
    """One payload after another, at most so long."""
    left = iter(PAYLOADS * 3)
    return lambda most: next(text for text in left if len(text) <= most)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """Every text that somebody of the office can write is a payload."""
    shop = open_shop(welcome_points=5)
    shop.now = timezone.now() - dt.timedelta(minutes=5)
    text = texts()
    Company.objects.update(name=text(200))
    shop.terminal.store.name, shop.terminal.name, shop.terminal.register = text(200), text(80), text(40)
    shop.terminal.scopes = ["lookup", "hints", "earn", "redeem", "return", "enrol", "own_page"]
    shop.terminal.store.save()
    shop.terminal.save()
    shop.program.name = text(120)
    shop.program.save()
    sam = Cashier.objects.create(store=shop.terminal.store, number=text(40), name=text(120))
    set_cashier_pin(cashier_id=sam.pk, pin="4071", actor=BOSS, now=shop.now)
    for purpose in ("processing", "marketing"):
        ConsentWording.objects.create(purpose=purpose, language="en", version=1, text="\n".join(PAYLOADS))
    options = [{"code": f"o{n}", "labels": {"": one}, "is_archived": False} for n, one in enumerate(PAYLOADS)]
    CustomField.objects.create(code="note", name=text(80), kind="text", till="set")
    CustomField.objects.create(code="list", name=text(80), kind="choices", options=options, till="set")
    Product.objects.filter(sku="C").update(name=text(200))
    for n, one in enumerate(PAYLOADS):
        ProductFactory(sku=f"P{n:02o}", name=one, price=Decimal("1.00"), category=None)
        RewardFactory(program=shop.program, key=f"r{n}", name=one, cost=1)
    TierFactory(program=shop.program, key="gold", name=text(80), threshold=Decimal(100))
    TierFactory(program=shop.program, key="top", name=text(80), threshold=Decimal(100_000))
    gold = [{"type": "tier", "keys": ["gold"]}]
    series = [
        CouponSeriesFactory(program=shop.program, key=f"s{n}", name=text(120), is_personal=True) for n in range(5)
    ]
    asked = [{"type": "coupon", "series": [one.key for one in series]}]
    effects: list[tuple[list[Any], Any]] = [
        *((gold, {"type": "privilege", "text": one}) for one in PAYLOADS),
        (gold, {"type": "stamp_card", "card": "coffee", "every": 10}),
        (gold, {"type": "message", "text": text(200)}),
        (gold, {"type": "free_service", "text": text(200)}),
        (gold, {"type": "gift", "skus": ["P00"]}),
        (gold, {"type": "percent_off", "percent": "10"}),
        (gold, {"type": "next_coupon", "series": "s0"}),
        (asked, {"type": "multiply", "factor": "5"}),
    ]
    for n, (conditions, effect) in enumerate(effects):
        RuleFactory(program=shop.program, key=f"p{n}", name=text(120), conditions=conditions, effect=effect)
    publish(shop.program)
    sign_in(till=shop.till, number=sam.number, pin="4071", now=shop.now)
    return shop


@pytest.fixture
def people(shop: Shop) -> list[Member]:
    """Sixty people whose names, notices and own fields are payloads; the first one has all that a programme can give."""
    people = [shop.member(f"+1{phone_of(n)}", f"{one} Xenia") for n, one in enumerate(PAYLOADS)]
    for member, one in zip(people, PAYLOADS, strict=True):
        Member.objects.filter(pk=member.pk).update(custom={"note": one})
        write_notice(member_id=member.pk, text=one, is_once=True, actor=BOSS, today=shop.now.date(), now=shop.now)
    rich = people[0]
    for series in CouponSeries.objects.all():
        issue_coupons(series=series, count=1, member=rich, actor=BOSS, now=shop.now)
    Member.objects.filter(pk=rich.pk).update(custom={"list": [f"o{n}" for n in range(len(PAYLOADS))]})
    shop.sell({"C": "500.00"}, rich, number=PAYLOADS[1])
    return people


def of_the_office(shop: Shop) -> list[str]:
    """What the frame says of the place."""
    return [Company.objects.get().name, shop.terminal.store.name, shop.terminal.name, shop.terminal.register]


class Reader:
    """Looks at each screen: every text is there as it was written, and none of them became a part of the page."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.page = screen, screen.page
        self.strangers: list[str] = []
        self.page.on("request", self.note)

    def note(self, request: Any) -> None:
        if not request.url.startswith(
            (f"{self.screen.home}/till/", f"{self.screen.home}/api/", f"{self.screen.home}/static/")
        ):
            self.strangers.append(request.url)

    def scan(self, text: str) -> None:
        """As a scanner types: all at once, and Enter."""
        self.page.keyboard.insert_text(text)
        self.screen.press("Enter")

    def sees(self, wanted: Iterable[str], place: str = "#screen") -> None:
        wanted = list(wanted)
        expect(self.page.locator(place).first).to_contain_text(wanted[-1])
        shown = "".join(self.page.locator(place).all_text_contents())
        assert [one for one in wanted if one not in shown] == []
        self.is_whole()

    def is_whole(self) -> None:
        assert self.page.evaluate(MARKUP) == []
        assert (self.page.title(), self.strangers, self.screen.reported) == ("Till", [], [])


def find_people_and_goods(reader: Reader) -> None:
    for n, one in enumerate(PAYLOADS[1:], 1):
        reader.scan(phone_of(n))
        reader.sees([one, f"{one} X."], ".hints")  # the notice and the field, and the name as strangers may see it
    for n in range(8):  # the list shows eight
        reader.page.keyboard.insert_text(f"P{n}")
        reader.sees(PAYLOADS[n * 8 : n * 8 + 8], "#entry-options")
        reader.page.locator("#entry").fill("")


def sell_everything(reader: Reader, shop: Shop, rich: Member) -> None:
    """Sixty goods to whoever has it all: hint card, basket, reasons, paying, the receipt."""
    page = reader.page
    reader.scan(phone_of(0))
    names = [*shop.program.tiers.values_list("name", flat=True), *CouponSeries.objects.values_list("name", flat=True)]
    fields = CustomField.objects.filter(code="list").values_list("name", flat=True)
    reader.sees([*PAYLOADS, *names, *fields], ".hints")
    for n in range(len(PAYLOADS)):
        reader.scan(f"P{n:02o}")
        expect(page.locator(".lines li")).to_have_count(n + 1)
    reader.sees(PAYLOADS, ".lines")
    page.locator(".hints .chips button", has_text="coupon").first.focus()
    reader.screen.press("Enter")
    rules = dict(shop.program.rules.values_list("key", "name"))
    reader.sees([*PAYLOADS, *(rules[f"p{n}"] for n in (60, 64, 66))], ".sums")
    reader.screen.press("Enter")
    reader.is_whole()
    reader.screen.press("Enter")
    reader.screen.shows("The sale is booked.")
    sam = Cashier.objects.get()
    reader.sees([*of_the_office(shop), sam.name, *PAYLOADS], ".receipt")
    reader.sees(PAYLOADS, ".done")
    assert Purchase.objects.latest("pk").member == rich


def take_back(reader: Reader) -> None:
    """Recent receipts, cancelling, a return of all goods and its paper, from receipts whose number is a payload too."""
    page = reader.page
    number = Purchase.objects.latest("pk").receipt_number
    reader.screen.press("F3")
    reader.sees([PAYLOADS[1], number])
    page.get_by_role("button", name=f"Cancel the sale {PAYLOADS[1]}", exact=True).focus()
    reader.screen.press("Enter")
    reader.sees([PAYLOADS[1]], "dialog")
    reader.screen.press("Escape")
    reader.screen.press("F4")
    reader.scan(PAYLOADS[1])
    reader.sees([PAYLOADS[1], Product.objects.get(sku="C").name], ".card")
    reader.screen.press("F4")
    reader.scan(number)
    reader.sees(PAYLOADS, ".pieces")
    page.get_by_role("button", name="Everything").focus()
    reader.screen.press("Enter", "Enter")
    reader.sees([*PAYLOADS, "Take this back?"], ".card")
    reader.screen.press("Enter")
    reader.sees([*PAYLOADS, "Give back"], ".card")


def join(reader: Reader) -> None:
    """A newcomer whose name is one, the words that are read out to them, and what they could say of themselves."""
    page, fields = reader.page, CustomField.objects.values_list("name", flat=True)
    reader.screen.press("F2")
    reader.screen.type("2125552000")
    reader.sees([*PAYLOADS, *fields])
    page.locator("#enrol-name").focus()
    page.keyboard.insert_text(f"{PAYLOADS[2]} Xenia")
    page.locator("summary").focus()
    reader.screen.press("Enter")
    page.locator("#own-note").focus()
    page.keyboard.insert_text(PAYLOADS[3])
    page.locator("#agreed-processing").focus()
    reader.screen.press("Space", "Enter")
    reader.sees([f"{PAYLOADS[2]} X.", "Welcome, new member"])
    reader.screen.press("Enter")
    reader.sees([PAYLOADS[3]], ".hints")
    page.get_by_role("button", name="Offers and news").focus()
    reader.screen.press("Enter")
    reader.sees([f"{PAYLOADS[2]} X.", *PAYLOADS])


def lend(reader: Reader, people: list[Member]) -> None:
    """Somebody's card in somebody else's hand, and the page of their own for it."""
    page = reader.page
    card = lend_card(member_id=people[7].pk, to_id=people[8].pk, actor=BOSS, now=timezone.now())
    reader.screen.press("F1")
    reader.scan(card.value)
    reader.sees([f"{PAYLOADS[7]} X.", f"{PAYLOADS[8]} X."], ".hints")
    page.get_by_role("button", name="Not this member").focus()
    reader.screen.press("Enter")


def without_a_line(reader: Reader) -> None:
    """What is typed as somebody's key waits, is sold to nobody, and is looked at afterwards."""
    page = reader.page
    page.context.set_offline(True)
    reader.screen.press("F1")
    card = f"{PAYLOADS[21]}9"  # no goods are called so, and it has a digit and no space
    reader.scan(card)
    reader.sees([card], ".hints")
    reader.scan("P00")
    reader.screen.press("Enter", "Enter")
    reader.sees([PAYLOADS[0], "will be sent"])
    reader.screen.press("F6")
    reader.sees(["1.00", "Sale"])
    page.context.set_offline(False)
    reader.sees(["To look at"])
    reader.screen.press("F8")
    reader.is_whole()


def is_caught(reader: Reader) -> None:
    """Such a text that does become a part of this very page is heard of in every way: else the silence would say nothing."""
    page, heard = reader.page, reader.screen.reported
    page.evaluate(
        """text => {
            const made = document.createElement("script");
            made.append(text);
            const picture = document.createElement("img");
            const attempts = [
              () => document.body.append(made),
              () => document.body.setAttribute("onclick", text),
              () => document.body.insertAdjacentHTML("beforeend", `<p>${text}</p>`),
              () => document.body.append(picture),
              () => (picture.src = "//evil.example/1.png"),
            ];
            for (const attempt of attempts) try { attempt() } catch {}
        }""",
        RUN,
    )
    with page.expect_event("dialog"):
        page.evaluate("alert(1)")
    expect(page).to_have_title("Till")
    caught = [one.split()[1] for one in heard if one.startswith("CSP")]
    assert caught == ["require-trusted-types-for"] * 3 + ["img-src"]
    assert (heard[-1], reader.strangers) == ("dialog 1", ["http://evil.example/1.png"])
    assert len(page.evaluate(MARKUP)) == 2
    heard.clear()


def test_sixty_texts_run_nowhere(screen: Screen, shop: Shop, people: list[Member], note_trials: Callable[..., None]):
    reader = Reader(screen)
    reader.sees([*of_the_office(shop)[1:3], Cashier.objects.get().name], "#bar")
    find_people_and_goods(reader)
    sell_everything(reader, shop, people[0])
    take_back(reader)
    join(reader)
    lend(reader, people)
    without_a_line(reader)
    reader.sees(of_the_office(shop))
    is_caught(reader)
    note_trials("T59", len(PAYLOADS))
