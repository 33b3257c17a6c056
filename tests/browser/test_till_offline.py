"""The till page without a line: what was sold arrives, nothing arrives twice, and nothing of members stays behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from loyalty_site.ground.failpoints import arm
from loyalty_site.ground.policy import system
from members.models import Member
from members.services import issue_card
from programs.models import OfflineConflict, Purchase, Terminal
from programs.services.pins import set_pin
from programs.services.tills import revoke_terminal
from tests.browser.till_screen import ENTRY, Screen, reach
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill

NAME, PHONE, NEWCOMER, NOBODY = "Anna Petrova", "+12125550123", "+12125550177", "+12125550188"

# What the screens do, by the same functions. `path` of a module is that of the page's own.
TILL = """
const module = (name) => import(`/static/till/${name}.js`);
window.sell = async (amount, member, { decide } = {}) => {
  const queue = await module("queue");
  const line = { sku: "A", quantity: "1", amount };
  const number = await queue.nextNumber();
  const body = { receipt_number: number, lines: [line], ...(member ? { member } : {}) };
  const heard = await queue.submit({ kind: "sale", path: "/api/v1/sales", body, receipt: { lines: [line], total: amount } });
  let said = heard;
  // Whoever asks again asks until there is an answer: the next server may die of it too.
  for (let times = 0; said.state === "waiting" && decide && (decide === "retry" || !times); times += 1) said = await queue[decide](said.id);
  return heard.state;
};
window.settled = async () => {
  const queue = await module("queue");
  for (let turn = 0; turn < 20 && (await queue.waiting()).length; turn += 1) await queue.sync();
  return await queue.waiting();
};
window.kept = async () => {
  const base = await new Promise((done) => (indexedDB.open("regulars-till").onsuccess = (event) => done(event.target.result)));
  const all = (name) => new Promise((done) => (base.transaction(name).objectStore(name).getAll().onsuccess = (event) => done(event.target.result)));
  const found = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
  for (const name of base.objectStoreNames) found.push(JSON.stringify(await all(name)));
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(request.url, await (await cache.match(request)).text());
  }
  return found.join("\\n");
};
"""


class Device:
    """A tablet that is a terminal: its storage outlives its pages."""

    def __init__(self, browser: Any, home: str, terminal: Terminal) -> None:
        self.home, self.terminal = home, terminal
        self.context = browser.new_context()
        self.context.add_init_script(TILL)
        self.enrol()
        self.page = self.open("/till/en/")
        self.page.evaluate("navigator.serviceWorker.ready")
        self.page.wait_for_function("navigator.serviceWorker.controller")
        self.page.evaluate(
            "place => import('/static/till/store.js').then((store) => store.keep('workplace', place))",
            {"terminal": terminal.name, "store": "Shop", "register": terminal.register, "company": "Shop"},
        )

    def enrol(self) -> None:
        token = ApiTill(self.terminal, timezone.now()).token
        self.context.set_extra_http_headers({"Authorization": f"Bearer {token}"})

    def open(self, path: str = "/till/") -> Any:
        page = self.context.new_page()
        page.goto(f"{self.home}{path}")
        return page

    def reopen(self) -> None:
        self.page.close()
        self.page = self.open()


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop()


@pytest.fixture
def device(browser: Any, live_server: Any, shop: Shop) -> Iterator[Device]:
    device = Device(browser, live_server.url, shop.terminal)
    yield device
    arm("")
    device.context.close()


def amounts() -> list[int]:
    return sorted(Purchase.objects.values_list("total_minor", flat=True))


def nothing_of_members_in(text: str) -> bool:
    """Of those three phones in any spelling, and of the name, which answers show shortened."""
    digits = text.replace(" ", "").replace("-", "")
    return not any(part in digits for part in ("2125550123", "2125550177", "2125550188")) and "Anna" not in text


def test_twenty_sales_without_a_line_and_the_page_closed(device: Device, shop: Shop):
    member = shop.member(PHONE, name=NAME)
    device.context.set_offline(True)
    sell = "([n, member, decide]) => sell(`${n}.00`, member, { decide })"
    for n in range(1, 21):
        known = {"phone": PHONE} if n % 2 else None
        assert device.page.evaluate(sell, [n, known, "keepAsOffline" if n % 4 < 2 else None]) == "waiting"
    assert not nothing_of_members_in(device.page.evaluate("kept()"))
    device.reopen()
    assert (device.page.url, device.page.title()) == (f"{device.home}/till/en/", "Till")
    device.context.set_offline(False)

    assert device.page.evaluate("settled()") == []

    assert amounts() == [100 * n for n in range(1, 21)]
    assert Purchase.objects.filter(member=member).count() == 10
    assert not OfflineConflict.objects.exists()
    kept = device.page.evaluate("kept()")
    assert "20.00" in kept  # this till's own receipts, for returns
    assert nothing_of_members_in(kept)


def test_every_answer_lost_after_the_commit_and_two_tabs(device: Device, shop: Shop):
    shop.member(PHONE, name=NAME)
    arm("once.after_commit:raise")
    other = device.open()
    start = "([from, decide]) => { window.done = (async () => { for (let n = from; n <= 20; n += 2) await sell(`${n}.00`, { phone: '%s' }, { decide }); })(); }"
    for page, first, decide in ((device.page, 1, "keepAsOffline"), (other, 2, None)):
        page.evaluate(start % PHONE, [first, decide])
    for page in (device.page, other):
        page.evaluate("window.done")
    assert len(amounts()) == 20  # booked, though the till heard of none
    assert len(device.page.evaluate("import('/static/till/queue.js').then((queue) => queue.waiting())")) == 20
    arm("")
    other.close()  # in the middle of deciding: what it held is anybody's now
    other = device.open()
    for page in (device.page, other):
        page.evaluate("() => { window.left = settled(); }")

    assert [page.evaluate("window.left") for page in (device.page, other)] == [[], []]

    assert amounts() == [100 * n for n in range(1, 21)]
    assert not OfflineConflict.objects.exists()
    assert nothing_of_members_in(device.page.evaluate("kept()"))


def test_what_became_of_the_rest(device: Device, shop: Shop):
    """An enrolment comes before the sale of its phone, a refused sale is a fact, a cancelled one is voided; a till shut
    out sends nothing until it is enrolled anew."""
    Terminal.objects.update(scopes=["lookup", "earn", "redeem", "return", "enrol"])
    device.context.set_offline(True)
    page = device.page
    enrol = """phone => import("/static/till/queue.js").then((queue) => queue.submit({
        kind: "enrol", path: "/api/v1/members", body: { phone, consents: [{ purpose: "processing" }] } }))"""
    for _ in range(2):  # the second is somebody known by then
        assert page.evaluate(enrol, NEWCOMER)["state"] == "waiting"
    page.evaluate("phone => sell('1.00', { phone })", NEWCOMER)
    page.evaluate("phone => sell('2.00', { phone })", NOBODY)
    page.evaluate("() => sell('3.00', null, { decide: 'dropAndCancel' })")
    device.reopen()
    revoke_terminal(terminal=shop.terminal, actor=system("tests"), now=timezone.now())
    device.context.set_offline(False)
    assert len(device.page.evaluate("settled()")) == 5
    assert amounts() == []
    device.enrol()

    assert device.page.evaluate("settled()") == []

    sold = {one.total_minor: one for one in Purchase.objects.filter(kind="sale").select_related("member")}
    assert sold[100].member == Member.objects.get()
    assert sold[200].member is None
    assert sold.keys() == {100, 200, 300}
    assert sold[300].returns.get().is_void
    assert [one.codes for one in OfflineConflict.objects.all()] == [["member_unknown"]]
    reach(device.page, "2 to look at")  # in the bar
    device.page.keyboard.press("Enter")
    device.page.get_by_text("Somebody was a member already").wait_for()
    assert device.page.get_by_text("Nobody is known by what was typed or scanned.").is_visible()
    assert nothing_of_members_in(device.page.evaluate("kept()"))
    assert nothing_of_members_in(device.page.inner_text("body"))


def test_a_wrong_clock_and_a_full_device(browser: Any, live_server: Any, shop: Shop):
    """The receipt carries the server's time; what the device has no room for is held by the page, which says so."""
    device = Device(browser, live_server.url, shop.terminal)
    ahead = "const now = Date.now; Date.now = () => now() + 3 * 86400000;"
    device.context.add_init_script(ahead)
    device.reopen()
    page = device.page
    page.wait_for_function("import('/static/till/clock.js').then((clock) => clock.minutesOff() === 3 * 1440)")
    assert page.evaluate("sell('1.00', null)") == "done"
    expect(page.locator(ENTRY)).to_be_focused()  # it has begun; before that, its own first screen would come over ours
    page.keyboard.press("F6")
    page.get_by_text("The clock of this device is 4320 minutes wrong.").wait_for()
    # What a browser does when its disk is full: whatever writes is undone.
    page.evaluate(
        """() => { window.isFull = true;
            for (const name of ["add", "put"]) {
              const write = IDBObjectStore.prototype[name];
              IDBObjectStore.prototype[name] = function (...args) {
                const request = write.apply(this, args);
                if (window.isFull) this.transaction.abort();
                return request;
              };
            } }"""
    )
    device.context.set_offline(True)

    assert page.evaluate("sell('2.00', null, { decide: 'keepAsOffline' })") == "waiting"

    page.get_by_text("This device is full. 1 deed is in this window only").first.wait_for()
    page.locator(".deeds li", has_text="2.00").wait_for()
    device.context.set_offline(False)
    assert page.evaluate("settled()") == []
    assert amounts() == [100, 200]
    assert all(abs(timezone.now() - one.occurred_at) < dt.timedelta(minutes=5) for one in Purchase.objects.all())
    device.context.close()


FACTS = """async (count) => {
    const queue = await import("/static/till/queue.js");
    const one = async (n) => {
      const lines = [{ sku: "A", quantity: "1", amount: `${n}.00` }];
      const body = { receipt_number: await queue.nextNumber(), lines };
      await queue.submit({ kind: "sale", path: "/api/v1/sales", body, isFact: true });
    };
    await Promise.all(Array.from({ length: count }, (_, n) => one(n + 1)));
}"""


def test_more_than_one_batch_and_fewer_at_a_time_when_they_are_too_many(device: Device):
    """What stands between the till and the server takes no more than 60 receipts, breaks down once, and never takes the
    largest one: all others arrive, and that one waits without keeping anybody."""
    sizes: list[int] = []

    def proxy(route: Any) -> None:
        receipts = route.request.post_data_json["receipts"]
        sizes.append(len(receipts))
        if len(receipts) > 60 or any(one["charged"] == "7.00" for one in receipts):
            route.fulfill(status=413, content_type="text/html", body="<h1>Request Entity Too Large</h1>")
        elif sizes.count(50) == 1 and len(receipts) == 50:
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")
        else:
            route.continue_()

    device.context.set_offline(True)
    device.page.evaluate(FACTS, 205)
    device.page.close()
    device.context.route("**/api/v1/offline-batches", proxy)
    device.context.set_offline(False)
    device.page = device.open()
    left = device.page.evaluate("settled()")
    assert sizes[:2] == [200, 100]  # the most that the server takes, and half of it
    assert len(left) == 1
    assert amounts() == [100 * n for n in range(1, 206) if n != 7]
    device.context.unroute("**/api/v1/offline-batches")
    assert device.page.evaluate("settled()") == []
    assert amounts() == [100 * n for n in range(1, 206)]
    assert not OfflineConflict.objects.exists()


def test_a_sale_that_shall_not_be_and_whose_day_is_over_comes_back(device: Device, shop: Shop):
    member = shop.member(PHONE, name=NAME)
    device.context.set_offline(True)
    decided = device.page.evaluate(
        """async phone => {
            const queue = await import("/static/till/queue.js");
            const now = Date.now;
            Date.now = () => now() - 26 * 3600000; // yesterday
            const lines = [{ sku: "A", quantity: "2", amount: "8.00" }];
            const body = { receipt_number: await queue.nextNumber(), lines, member: { phone } };
            const heard = await queue.submit({ kind: "sale", path: "/api/v1/sales", body, receipt: { lines, total: "8.00" } });
            Date.now = now;
            return (await queue.dropAndCancel(heard.id)).state;
        }""",
        PHONE,
    )
    assert decided == "waiting"
    device.context.set_offline(False)

    assert device.page.evaluate("settled()") == []

    sold = Purchase.objects.get(kind="sale")
    back = sold.returns.get()
    assert (sold.member, sold.is_void, back.is_void, back.total_minor) == (member, False, False, 800)
    assert sold.business_on < back.business_on
    assert shop.account(member).available == 0
    assert nothing_of_members_in(device.page.evaluate("kept()"))


def test_no_card_phone_or_name_stays_after_a_day_of_work(screen: Screen, shop: Shop):
    """Looked up, sold to, asked for wishes, returned by and enrolled, with a line and without one."""
    Terminal.objects.update(scopes=["lookup", "hints", "earn", "redeem", "return", "enrol", "own_page"])
    anna, boris = shop.member(PHONE, name=NAME), shop.member("+12125550124", name="Boris Ivanov")
    cards = [issue_card(member_id=one.pk, actor=system("tests"), now=timezone.now()) for one in (anna, boris)]
    set_pin(member_id=anna.pk, pin="4711", actor=system("tests"), now=timezone.now())
    secrets = ("2125550123", "2125550124", "2125550177", "Anna", "Boris", "Vera", *(one.value for one in cards))

    def held() -> list[str]:
        text = f"{page.evaluate('kept()')} {page.evaluate('document.cookie')} {page.evaluate('JSON.stringify(history.state)')} {page.url}"
        digits = text.replace(" ", "").replace("-", "")
        return [one for one in secrets if one in digits or one in text]

    page = screen.page
    page.context.add_init_script(TILL)
    page.reload()
    screen.begins()
    for card in cards:
        screen.enter(card.shown)
        expect(page.locator(".hints h2")).to_contain_text(card.member.name.split()[0])
    page.get_by_role("button", name="Offers and news").focus()
    screen.press("Enter")
    expect(page.locator("input[name=offers-email]").first).to_be_focused()
    screen.press("ArrowDown", "Enter")
    screen.shows("Noted")
    screen.press("Enter")
    screen.begins()
    screen.enter(PHONE)
    expect(page.locator(".hints h2")).to_contain_text("Anna")
    page.get_by_role("button", name="Their own page").focus()
    screen.press("Enter")
    expect(page.locator("#member-pin")).to_be_focused()
    screen.enter("4711")
    expect(page.locator(".qr svg")).to_be_visible()
    screen.press("Enter")
    screen.begins()
    screen.enter("5")
    screen.press("Enter", "Enter")
    screen.shows("The sale is booked.")
    number = Purchase.objects.get().receipt_number
    screen.press("F4")
    screen.enter(number)
    expect(page.locator("#piece-1")).to_be_focused()
    assert held() == []  # with a line nothing of it is ever kept

    page.context.set_offline(True)
    screen.press("F1")
    screen.enter(cards[1].value)
    screen.enter("6")
    screen.press("Enter", "Enter")
    screen.shows("will be sent")
    screen.press("F2")
    screen.type(NEWCOMER)
    page.locator("#enrol-name").focus()
    screen.type("Vera Ivanova")
    page.locator("#agreed-processing").focus()
    screen.press("Space", "Enter")
    screen.shows("The new member waits in this device")
    assert held() == ["2125550177", "Vera", cards[1].value]  # else the silence afterwards would say nothing
    page.context.set_offline(False)
    expect(page.locator("#deeds")).to_be_empty(timeout=20_000)
    assert Purchase.objects.get(total_minor=600).member == boris
    assert Member.objects.filter(name="Vera Ivanova").exists()
    assert held() == []
