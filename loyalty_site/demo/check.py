"""The demonstration proved over HTTP, as a till and a person of the staff would meet it."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from loyalty_site.demo import company, desk, twins
from loyalty_site.demo.browser import Answer, Browser
from loyalty_site.demo.check_mailing import prove_mailing
from loyalty_site.demo.check_programme import prove_programme
from loyalty_site.demo.check_till import prove_operations
from loyalty_site.demo.checking import CheckFailed, Checks
from loyalty_site.demo.outside import RESULT
from loyalty_site.demo.people import card_of, people
from loyalty_site.demo.receipts import Receipt, households
from loyalty_site.demo.steps import console, step
from loyalty_site.demo.story import Told
from loyalty_site.embedded.processes import var_folder
from loyalty_site.serve import ROOT
from members.models import Consent, ConsentAction, CurrentConsent, DuplicatePair, Member, MemberKind, PairState, Purpose
from programs.models import (
    Account,
    LifecycleModel,
    MemberStage,
    MemberStageChange,
    Purchase,
    PurchaseKind,
    PurchaseSummary,
)
from programs.rules.lifecycle import Stage

# The last line of a traceback, such as "KeyError: 'campaigns.tasks.start_due_runs'".
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|DoesNotExist)\b")
_PASSING = re.compile(r"OperationalError|LockNotAvailable|QueryCanceled|Connection|Timeout|BrokenPipe")


def prove_from_outside(url: str, mailbox_url: str, told: Told, meanwhile: Callable[[], None]) -> int:
    """0 and a result in the folder when everything holds; else 1 and the sentence of what did not."""
    checks = Checks()
    try:
        with step("Proving it from outside") as current:
            _figures_match_the_file(checks, told.receipts)
            _consents_add_up(checks)
            till = Browser(url)
            _enrol(checks, till)
            _trade(checks, till)
            prove_operations(checks, till)
            meanwhile()
            signed_in = _pages(checks, url, told.logins)
            _stages(checks, signed_in["marketing"])
            prove_programme(checks, till, signed_in["marketing"])
            meanwhile()
            heard = prove_mailing(checks, url, mailbox_url, marketer=signed_in["marketing"], meanwhile=meanwhile)
            meanwhile()
            _verify(checks)
            _nobody_complained(checks)
            current.says = f"{checks.count} checks held"
    except CheckFailed as failure:
        console.print(f"[red]This did not hold.[/red] {failure}")
        return 1
    sums = Purchase.objects.filter(kind=PurchaseKind.SALE).aggregate(
        issued=Sum("points_earned"), redeemed=Sum("points_redeemed")
    )
    (var_folder() / RESULT).write_text(
        f"DEMO members {_people()} sales {Purchase.objects.filter(kind=PurchaseKind.SALE).count()} "
        f"returns {Purchase.objects.filter(kind=PurchaseKind.RETURN).count()} points_issued {sums['issued']} "
        f"points_redeemed {sums['redeemed']} mails {heard.mails} answers {heard.answers} nps {heard.score:+.0f} "
        f"margin {heard.margin:.1f} checks {checks.count}\n"
    )
    return 0


def _figures_match_the_file(checks: Checks, receipts: list[Receipt]) -> None:
    """What the database holds, against sums made from the shipped file alone."""
    sales = Purchase.objects.filter(kind=PurchaseKind.SALE).exclude(receipt_number__startswith=desk.PREFIX)
    booked = dict(sales.values_list("receipt_number", "total_minor"))
    expected = {r.number: int(sum((item.amount for item in r.items), Decimal(0)) * 100) for r in receipts}
    checks.that("exactly the receipts are booked", set(booked) == set(expected), set(booked) ^ set(expected))
    wrong = [number for number, total in booked.items() if expected[number] != total]
    checks.that("every booked total is the file's", not wrong, wrong[:5])
    with_card = sales.filter(member__isnull=False).count()
    meant = sum(receipt.has_card for receipt in receipts)
    checks.that("every receipt with a card found its member", with_card == meant, (with_card, meant))
    members = _people()
    waiting = DuplicatePair.objects.filter(state=PairState.PROPOSED).count()
    # Whoever is there twice is proposed, and one pair is merged.
    checks.that("every person is a member once", members - waiting == len(people(households())), (members, waiting))
    checks.that("duplicates wait for a decision", waiting == twins.SECOND_RECORDS - 1, waiting)


def _people() -> int:
    """Without companies, and without whoever was merged into somebody."""
    return Member.objects.filter(survivor=None, kind=MemberKind.PERSON).count()


def _consents_add_up(checks: Checks) -> None:
    shoppers = PurchaseSummary.objects.filter(member__kind=MemberKind.PERSON).count()
    kept = Consent.objects.filter(purpose=Purpose.PROCESSING, action=ConsentAction.GRANTED).count()
    checks.that("everybody who bought with a card was asked once", kept == shoppers, (kept, shoppers))
    granted = CurrentConsent.objects.filter(purpose=Purpose.MARKETING, is_granted=True).count()
    acts = Counter(Consent.objects.filter(purpose=Purpose.MARKETING).values_list("action", flat=True))
    left = acts[ConsentAction.GRANTED] - acts[ConsentAction.WITHDRAWN]
    checks.that("what counts now is what was given less what was taken back", granted == left, (granted, acts))


def _enrol(checks: Checks, till: Browser) -> None:
    code = company.trial_code(now=timezone.now())
    checks.that("a till waits for its code", code)
    stranger = till.post("/api/v1/lookup", {"card": "1"})
    checks.that("without a token nobody is answered", stranger.status == 401, stranger)
    answer = till.post("/api/v1/terminals/enrol", {"code": code, "version": "demonstration"})
    checks.that("the till is enrolled", answer.status == 201, answer)
    till.token = answer.json["token"]
    _till_page(checks, till)
    again = Browser(till.url).post("/api/v1/terminals/enrol", {"code": code, "version": "demonstration"})
    checks.that("the code works once", again.status == 422, again)


def _till_page(checks: Checks, till: Browser) -> None:
    """The page that makes a till of a tablet: in each language, with every script it names, and told where it stands."""
    for language in ("en", "ru", "he"):
        page = till.get(f"/till/{language}/")
        checks.that(f"the till page opens in {language}", page.status == 200 and "nonce-" in str(page.headers), page)
        for asset in re.findall(r'(?:src|href)="(/static/till/[^"]+)"', page.text):
            checks.that(f"{asset} is there", till.get(asset).status == 200)
    where = Browser(till.url).get("/api/v1/workplace")
    checks.that("a browser without the cookie is told nothing", where.status == 401, where)


def _trade(checks: Checks, till: Browser) -> None:
    person = next(
        person
        for person in people(households())
        if person.household is not None
        and Account.objects.filter(owner__identifiers__value=card_of(person.household), available__gte=200, debt=0)
    )
    spelling = f"({person.phone[0]}) {person.phone[1]}-{person.phone[2]}"
    found = till.post("/api/v1/lookup", {"phone": spelling})
    checks.that("a member is found by a phone as people write it", found.status == 200, found)
    checks.that("and by card, the same one", till.post("/api/v1/lookup", {"card": person.card}).json == found.json)
    before = Decimal(found.json["spendable"])
    basket = {
        "member": {"card": person.card},
        "lines": [
            {"sku": "866211", "quantity": "2", "amount": "3.00"},
            {"sku": "not in the list", "quantity": "1", "amount": "7.00"},
        ],
        "redeem_points": "100",
    }
    quote = till.post("/api/v1/quotes", basket)
    checks.that("a basket is quoted", quote.status == 200, quote)
    key = f"demonstration-{uuid.uuid4()}"
    order = basket | {"receipt_number": "CHECK-1", "cashier": "1"}
    sale = till.post("/api/v1/sales", order, key=key)
    checks.that("it is sold, partly for points", sale.status == 201, sale)
    same = ("total", "points_earned", "points_redeemed", "paid_with_points", "to_pay")
    checks.that("as quoted", all(sale.json[name] == quote.json[name] for name in same), (quote.text, sale.text))
    checks.that("100 points paid 1.00", sale.json["to_pay"] == "9.00", sale)
    _retry(checks, till, order, key, sale)
    after = Decimal(till.post("/api/v1/lookup", {"card": person.card}).json["spendable"])
    earned = Decimal(sale.json["points_earned"])
    checks.that("the balance moved by exactly that", after == before - 100 + earned, (before, after, earned))
    _bring_back(checks, till, person.card, sale.json["sale"], before)


def _retry(checks: Checks, till: Browser, order: dict[str, Any], key: str, sale: Answer) -> None:
    again = till.post("/api/v1/sales", order, key=key)
    checks.that("a repeat gets the same bytes", (again.status, again.body) == (sale.status, sale.body), again)
    checks.that("and says that it is one", again.headers.get("Idempotent-Replay") == "true", again.headers)
    other = till.post("/api/v1/sales", order | {"receipt_number": "CHECK-2"}, key=key)
    checks.that("another request under the same key is refused", other.status == 422, other)
    checks.that("with its code", other.json["code"] == "idempotency_key_reused", other)
    lost = till.post("/api/v1/sales", order, key=f"demonstration-{uuid.uuid4()}")
    checks.that("a receipt is booked once, whatever the key", lost.status == 409, lost)


def _bring_back(checks: Checks, till: Browser, card: str, sale_id: str, before: Decimal) -> None:
    body = {
        "sale": {"id": sale_id},
        "lines": [{"line": 1, "quantity": "2"}, {"line": 2, "quantity": "1"}],
        "receipt_number": "CHECK-1-R",
    }
    back = till.post("/api/v1/returns", body, key=f"demonstration-{uuid.uuid4()}")
    checks.that("everything is brought back", back.status == 201, back)
    checks.that("the points that paid come back", back.json["points_given_back"] == "100", back)
    after = Decimal(till.post("/api/v1/lookup", {"card": card}).json["spendable"])
    checks.that("and the balance is what it was before the sale", after == before, (before, after))
    more = till.post("/api/v1/returns", body | {"receipt_number": "CHECK-1-S"}, key=f"demonstration-{uuid.uuid4()}")
    checks.that("nothing is brought back twice", more.status == 422, more)


def _pages(checks: Checks, url: str, logins: dict[str, str]) -> dict[str, Browser]:
    """{username: browser, signed in}"""
    browsers = {}
    for path in ("/static/unfold/css/styles.css", "/api/v1/schema", "/api/v1/docs"):
        checks.that(f"{path} is served", Browser(url).get(path).status == 200)
    for username, password in logins.items():
        browser = browsers[username] = Browser(url)
        page = browser.get("/admin/login/")
        checks.that("the login page is shown", page.status == 200, page)
        wrong = browser.fill("/admin/login/", {"username": username, "password": "wrong", "next": "/admin/"})
        checks.that("a wrong password opens nothing", "csrfmiddlewaretoken" in wrong.text, wrong.status)
        today = browser.fill("/admin/login/", {"username": username, "password": password, "next": "/admin/"})
        signed_in = today.status == 200 and 'name="password"' not in today.text
        checks.that(f"{username} sees the Today page", signed_in, today.status)
        if username == "admin":
            _real_figures(checks, today.text)
    return browsers


def _real_figures(checks: Checks, page: str) -> None:
    plain = re.sub(r"<[^>]+>", " ", page)
    members = Member.objects.filter(survivor=None).count()
    checks.that("Today says that it is a demonstration", "Demonstration." in plain)
    checks.that("Today counts the members", f"{members:,}" in plain, f"{members:,} is not on the page")


def _stages(checks: Checks, marketer: Browser) -> None:
    people, moves = MemberStage.objects.count(), MemberStageChange.objects.count()
    checks.that("everybody is in a stage", people == Member.objects.filter(survivor=None).count(), people)
    checks.that("members have moved between stages", moves > 0, moves)
    silent = MemberStage.objects.filter(stage=Stage.POTENTIAL).count()
    # What was sold just now counts from the next night on.
    computed = LifecycleModel.objects.get().computed_at
    shoppers = PurchaseSummary.objects.filter(purchase_count__gt=0, first_at__lte=computed).count()
    checks.that("whoever bought is no longer potential", silent == people - shoppers, (silent, people, shoppers))
    page = marketer.get("/admin/programs/memberstagechange/base/")
    checks.that("Base and lifecycle counts them", f"{people:,} people, as of" in page.text, page.status)
    listed = marketer.get("/admin/members/member/?stage=potential")
    checks.that("and leads to them", listed.status == 200, listed.status)
    file = marketer.get("/admin/programs/memberstagechange/base/?format=csv")
    checks.that("and is a file too", f"stages,potential,people,{silent},{people}" in file.text, file.text[:200])


def _verify(checks: Checks) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "verify"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    checks.that("manage.py verify finds no violation", done.returncode == 0, done.stdout + done.stderr)


def _nobody_complained(checks: Checks) -> None:
    """Work that is silently left undone, such as a task that the worker does not know, shows only in the logs.

    What a machine under load may bring and the next tick puts right does not count.
    """
    for name in ("web", "worker", "beat", "mailbox"):
        lines = (var_folder() / f"{name}.log").read_text(errors="replace").splitlines()
        bad = [line for line in lines if _EXCEPTION.match(line) and not _PASSING.search(line)]
        checks.that(f"{name} has met no error of ours", not bad, bad[:3])
