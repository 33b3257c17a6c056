"""The pages of a trial on the past: ordering it, waiting, reading it, changing what it assumes, taking it along."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Audit, Job
from loyalty_site.ground.policy import system
from programs.models import Account, Product, Program, ReplayRun, Reward
from programs.services.programs import publish_program
from tests.factories.configuration import RuleFactory, UserFactory
from tests.programs.past import run_jobs
from tests.programs.shop import NOW, Shop, open_shop


def url(name: str, run: ReplayRun) -> str:
    return reverse(f"admin:programs_replayrun_{name}", args=[run.pk])


@pytest.fixture
def shop(db: Any) -> Shop:
    shop = open_shop()
    for number in range(4):
        member = shop.member(phone=f"+1212555012{number}", name=f"Person {number}")
        for days in range(number + 1):
            shop.now = NOW + dt.timedelta(days=days)
            shop.sell({"A": "40.00", "C": "10.00"}, member)
    return shop


@pytest.fixture
def admin_client(shop: Shop) -> Client:
    client = Client()
    client.force_login(UserFactory(username="boss"))
    return client


def tried(client: Client, shop: Shop) -> ReplayRun:
    """A trial that was ordered on the page and played by the worker."""
    answer = client.post(reverse("admin:programs_replayrun_add"), {"program": shop.program.pk, "from_on": ""})
    run = ReplayRun.objects.latest("pk")
    assert answer["Location"] == url("change", run)
    return run_jobs(run, timezone.now())


def test_the_draft_leads_to_its_trial(admin_client: Client, shop: Shop):
    there = reverse("admin:programs_program_try_on_past", args=[shop.program.pk])
    answer = admin_client.get(there)
    page = admin_client.get(answer["Location"]).content.decode()
    assert "There are 10 receipts of members." in page


def test_while_it_is_played_the_page_shows_how_far_it_is(admin_client: Client, shop: Shop):
    admin_client.post(reverse("admin:programs_replayrun_add"), {"program": shop.program.pk, "from_on": ""})
    run = ReplayRun.objects.get()
    assert "The past is being played" in admin_client.get(url("change", run)).content.decode()
    progress = admin_client.get(url("progress", run)).json()
    assert (progress["total"], progress["is_over"], progress["is_stopped"]) == (10, False, False)
    admin_client.post(url("pause", run))
    assert {job.state for job in Job.objects.filter(pk__in=run.job_ids)} == {"paused"}
    assert "Go on" in admin_client.get(url("change", run)).content.decode()
    admin_client.post(url("pause", run))
    run = run_jobs(run, timezone.now())
    assert admin_client.get(url("progress", run)).json()["is_over"]


def test_the_result_says_what_it_gives_costs_and_changes(admin_client: Client, shop: Shop):
    RuleFactory(program=shop.program, key="less", conditions=[], effect={"type": "percent_off", "percent": "10"})
    run = tried(admin_client, shop)
    page = admin_client.get(url("change", run)).content.decode()
    assert "10 receipts of 4 members" in page
    # 40 * 2 + 10 a receipt, less a tenth by the discount.
    assert "810" in page
    assert "50.00 USD" in page
    assert "4 people get more, 0 the same, 0 less" in page
    assert "our guess, to be replaced" in page
    assert run.version is not None


def test_other_assumptions_change_the_cost_and_nothing_is_played_again(admin_client: Client, shop: Shop):
    run = tried(admin_client, shop)
    before = run.finished_at
    posted = {"card-low": "5", "card-likely": "6,50", "card-high": "7", "card-note": "the printer's offer"}
    page = admin_client.post(url("assume", run), posted, follow=True).content.decode()
    assert "26.00 USD" in page
    assert "entered by you" in page
    assert "the printer&#x27;s offer" in page
    run.refresh_from_db()
    assert run.finished_at == before
    assert Audit.objects.filter(action="assume").exists()


@pytest.mark.parametrize("ends", [("3", "2", "1"), ("x", "2", "3"), ("-1", "2", "3"), ("1", "2", "NaN")])
def test_what_is_no_range_is_refused(admin_client: Client, shop: Shop, ends: tuple[str, str, str]):
    run = tried(admin_client, shop)
    posted = dict(zip(("card-low", "card-likely", "card-high"), ends, strict=True))
    page = admin_client.post(url("assume", run), posted, follow=True).content.decode()
    assert "Not a number, or not from low to high: a card costs, one for each member" in page
    run.refresh_from_db()
    assert run.assumptions == {}


def test_the_margin_is_what_the_goods_leave_and_elsewhere_what_the_programme_says(admin_client: Client, shop: Shop):
    Program.objects.update(margin_percent=25)
    Product.objects.filter(sku="A").update(cost="30")  # 40.00 of every 50.00 leave a quarter, by chance
    page = admin_client.get(url("change", tried(admin_client, shop))).content.decode()
    assert "What goods cost is known for 80.0 % of these sales; 20.0 % rest on the estimate below." in page
    assert "entered with the programme" in page
    assert page.count('<bdi dir="ltr">25.0 %</bdi>') == 3


def test_what_the_trial_takes_for_granted_is_said(admin_client: Client, shop: Shop):
    limit = {"of": "money", "per": "program", "most": "30"}
    effect = {"type": "percent_off", "percent": "10", "limits": [limit]}
    RuleFactory(program=shop.program, key="less", name="Budget", conditions=[], effect=effect)
    owner = shop.member(phone="+12125550188", name="Owner")
    Account.objects.filter(pk=Account.objects.latest("pk").pk).update(owner=owner)
    page = admin_client.get(url("change", tried(admin_client, shop))).content.decode()
    assert "“Budget” would take off 50.00 USD; with its limit for everybody it stops at 30.00 USD." in page
    assert "On 1 shared account the owner never bought anything" in page
    assert "unsourced: a handbook&#x27;s figure" in page


@pytest.mark.parametrize(
    ("ladder", "needs"), [("spend", "1,500.00 USD"), ("points", "1,500 points"), ("visits", "1,500")]
)
def test_a_tier_needs_what_its_ladder_counts(admin_client: Client, shop: Shop, ladder: str, needs: str):
    Program.objects.update(ladder_of=ladder, ladder_window="year")
    shop.program.tiers.create(key="gold", name="Gold", threshold=1500)
    run = tried(admin_client, shop)
    (gold,) = (one for one in admin_client.get(url("change", run)).context["steps"] if one["is_tier"])
    assert gold["cost"] == needs


def test_a_reward_that_nobody_reaches_is_warned_of(admin_client: Client, shop: Shop):
    Reward.objects.create(
        program=shop.program, key="car", name="A car", cost=99999, effect={"type": "amount_off", "amount": "1.00"}
    )
    run = tried(admin_client, shop)
    assert "Nobody reaches “A car” in all this time." in admin_client.get(url("change", run)).content.decode()


def test_the_file_holds_the_sums_by_month_store_and_tier(admin_client: Client, shop: Shop):
    run = tried(admin_client, shop)
    lines = admin_client.get(url("file", run)).content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("month,store,tier,receipts,sales,money off,points,returns: sales")
    assert lines[1].startswith(f"2026-03,{shop.terminal.store.code},,10,500.00,0.00,900")
    book = zipfile.ZipFile(io.BytesIO(admin_client.get(url("file", run), {"format": "xlsx"}).content))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "returns: sales" in sheet
    assert "<v>500.00</v>" in sheet


def test_after_launch_the_forecast_stands_beside_what_happened(admin_client: Client, shop: Shop):
    RuleFactory(program=shop.program, key="less", conditions=[], effect={"type": "percent_off", "percent": "10"})
    run = tried(admin_client, shop)
    assert "What happened since" not in admin_client.get(url("change", run)).content.decode()
    now = timezone.now()
    publish_program(program=shop.program, actor=system("tests"), effective_from=now, now=now)
    shop.now = now
    shop.sell({"A": "40.00", "C": "10.00"}, shop.member(phone="+12125550199", name="New One"))
    page = admin_client.get(url("change", run)).content.decode()
    assert "What happened since" in page
    assert "0.0 %" in page


def test_a_draft_that_cannot_be_published_is_not_played(admin_client: Client, shop: Shop):
    RuleFactory(program=shop.program, key="odd", conditions=[{"type": "nonsense"}], effect={"type": "exclude"})
    answer = admin_client.post(reverse("admin:programs_replayrun_add"), {"program": shop.program.pk, "from_on": ""})
    assert answer.status_code == 200
    assert not ReplayRun.objects.exists()


def test_before_the_first_receipt_there_is_nothing_to_play(admin_client: Client, shop: Shop):
    answer = admin_client.post(
        reverse("admin:programs_replayrun_add"), {"program": shop.program.pk, "from_on": "2099-01-01"}
    )
    assert answer.status_code == 302
    run = run_jobs(ReplayRun.objects.get(), timezone.now())
    assert "There is nothing to play" in admin_client.get(url("change", run)).content.decode()
