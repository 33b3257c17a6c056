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
from programs.models import OfflineConflict, Purchase, Terminal
from programs.services.tills import revoke_terminal
from tests.browser.till_screen import ENTRY, reach
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
  if (heard.state === "waiting" && decide) await queue[decide](heard.id);
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
