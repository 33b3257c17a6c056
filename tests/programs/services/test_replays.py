"""Trying a draft on the past: what it says is what the ledger would say had the draft been in force."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from loyalty_site.ground.policy import system
from programs.models import Account, Coupon, Purchase, ReplayPart, TierStanding
from programs.queries.past import next_people
from programs.rules.forecast import Totals
from programs.rules.forecast.costs import whole
from programs.rules.forecast.totals import Cell
from programs.services.ledger import roll_due_accounts
from programs.services.replays import play, replay_chunk, start_replay
from programs.services.sales import OrderLine
from tests.factories.configuration import CompanyFactory, publish, segment_of
from tests.programs.asked import add_rule, points
from tests.programs.past import END, START, Market, draft_program, keep_statistics, run_jobs, some_baskets
from tests.programs.shop import NOW, open_shop

ME = system("tests")
# How many real receipts; "all" in `make soak`.
MOST = None if os.environ.get("SOAK_RECEIPTS") == "all" else 800
_BY_STORE = """
    SELECT s.code, p.facts ->> 'tier', count(*), sum(p.total_minor)::bigint, sum(p.reward_minor)::bigint,
           sum(p.points_earned)::bigint
    FROM programs_purchase p JOIN programs_store s ON s.id = p.store_id GROUP BY 1, 2
"""
_BY_RULE = """
    SELECT rule_key, sum(points)::bigint, sum(money_minor)::bigint FROM programs_award GROUP BY 1
"""
_REACHED = """
    SELECT tier_key, count(DISTINCT account_id) FROM programs_tierstanding GROUP BY 1
"""
_BURNT = """
    SELECT to_char(coalesce(l.expires_at, t.posted_at) - interval '1 microsecond', 'YYYY-MM'), sum(p.amount)::bigint
    FROM programs_posting p JOIN programs_ledgertransaction t ON t.id = p.transaction_id
    LEFT JOIN programs_lot l ON l.id = p.lot_id WHERE p.to_bucket = 'burnt' GROUP BY 1
"""


def forecast_of(market: Market, now: dt.datetime = END) -> Totals:
    """What a draft is forecast to give; afterwards the company is as fresh as before."""
    with transaction.atomic():
        market.write_history()
        run = run_jobs(start_replay(program=draft_program(), from_on=None, actor=ME, now=now), now)
        assert run.totals is not None
        found = Totals.from_json(run.totals)
        transaction.set_rollback(True)
    return found


def by_store(totals: Totals) -> dict[tuple[str, str], tuple[int, ...]]:
    """{(store, tier): (receipts, money, money off, points)}."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for (_month, store, tier), values in totals.cells.items():
        found.setdefault((store, tier), Counter()).update(Cell(*values)._asdict())
    return {place: (one["receipts"], one["money"], one["discount"], one["points"]) for place, one in found.items()}


def rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def check_agreement(most: int | None) -> Totals:
    """The same receipts played under a draft and sold under it when published: every sum alike."""
    CompanyFactory()
    market = Market(some_baskets(most))
    market.open()
    keep_statistics()
    forecast = forecast_of(market)
    program = draft_program()
    draft_rules = list(program.rules.all())
    publish(program, at=START)
    market.sell(each=lambda number: keep_statistics() if number % 2000 == 3 else None)
    while roll_due_accounts(now=END):
        pass

    assert by_store(forecast) == {(store, tier): tuple(sums) for store, tier, *sums in rows(_BY_STORE)}
    given = {rule: [points, money] for rule, (points, money, _times) in forecast.rules.items() if points or money}
    assert given == {rule: sums for rule, *sums in rows(_BY_RULE)}
    assert forecast.receipts == Purchase.objects.count() == len(market.baskets)
    assert forecast.members == Account.objects.count()
    reached = dict(rows(_REACHED))
    assert forecast.rungs["tier:gold"][0] == reached["gold"]
    # Whoever leapt over silver has reached it as well.
    assert reached["silver"] <= forecast.rungs["tier:silver"][0] <= reached["silver"] + reached["gold"]
    assert TierStanding.objects.filter(reason="lost").exists()
    assert forecast.rules["again"][2] == Coupon.objects.count() > 0
    silent = {rule.key for rule in draft_rules if not any(forecast.rules.get(rule.key, (0,)))}
    assert silent <= {"drugs", "most", "budget"}, "every rule gave something, but for those that only take away"
    held = Account.objects.aggregate(held=Sum("available") + Sum("pending"))["held"]
    assert sum(low for low, _high in forecast.ahead.values()) == held
    burnt = {f"{month // 12}-{month % 12 + 1:02}": flow[2] for month, flow in forecast.flows.items() if flow[2]}
    assert burnt == dict(rows(_BURNT))
    print(f"\n{forecast.receipts} receipts, {sum(len(one.lines) for one in market.baskets)} lines agree to the point")
    return forecast


@pytest.mark.slow
def test_the_forecast_of_a_draft_is_what_the_ledger_says_once_it_is_published(db):
    forecast = check_agreement(MOST)
    assert sum(cell[2] for cell in forecast.cells.values()) > 0
    assert sum(flow[6] for flow in forecast.flows.values()) > 0


def test_what_came_back_is_played_as_it_was_booked(db):
    """A draft that is what runs: its trial over what was sold and taken back leaves everybody what they have."""
    shop = open_shop()
    ann, ben = shop.member(), shop.member(phone="+12125550124", name="Ben Ivanov")
    for days, member in enumerate((ann, ben, ann)):
        shop.now = NOW + dt.timedelta(days=days)
        sold = shop.sell(
            [OrderLine("A", Decimal(3), Decimal("10.00")), OrderLine("C", Decimal(1), Decimal("5.50"))], member
        )
        shop.give_back(sold, {1: str(1 + days % 2)})
    now = shop.now + dt.timedelta(days=1)
    run = run_jobs(start_replay(program=shop.program, from_on=None, actor=ME, now=now), now)
    totals = Totals.from_json(run.totals or {})
    held = Account.objects.aggregate(held=Sum("available"))["held"]
    assert sum(low for low, _high in totals.ahead.values()) == held
    all_of = whole(totals)
    assert (all_of.points - all_of.back_points, all_of.now_points - all_of.now_back_points) == (held, held)
    assert (totals.receipts, totals.returns, totals.loose) == (3, 3, 0)


def test_who_was_in_a_segment_is_told_by_receipts_that_asked_it_and_else_as_it_is_today(db):
    shop = open_shop()
    ann, ben = shop.member(), shop.member(phone="+12125550124", name="Ben Ivanov")
    shop.sell({"C": "10.00"}, ben)  # by a version that asks nothing: 10 points, 100 under the draft
    segment_of("best", ann)
    add_rule(shop, {"type": "segment", "keys": ["best"]})
    shop.now += dt.timedelta(days=1)
    assert [points(shop.sell({"C": "10.00"}, member)) for member in (ann, ben)] == [100, 10]
    segment_of("best", ben)
    now = shop.now + dt.timedelta(days=1)
    run = run_jobs(start_replay(program=shop.program, from_on=None, actor=ME, now=now), now)
    assert whole(Totals.from_json(run.totals or {})).points == 100 + 100 + 10


def test_a_chunk_that_is_done_again_counts_once(db):
    shop = open_shop()
    for number in range(6):
        shop.sell({"A": "10.00"}, shop.member(phone=f"+1212555013{number}", name=f"Person {number}"))
    run = start_replay(program=shop.program, from_on=None, actor=ME, now=NOW + dt.timedelta(days=1))
    # Two workers with the same chunk, as after a lease that ran out: the second writes nothing.
    people = next_people(run.program_id, half=0, after=0, receipts=1)
    for _worker in range(2):
        ReplayPart.objects.bulk_create(
            [
                ReplayPart(
                    run=run,
                    half=0,
                    after_member=0,
                    until_member=people.until,
                    receipt_count=people.receipt_count,
                    totals=play(run, people).to_json(),
                )
            ],
            ignore_conflicts=True,
        )
    for half in (0, 1, 0, 1):
        assert replay_chunk(run_id=run.pk, half=half, now=NOW).is_finished
    run.refresh_from_db()
    totals = Totals.from_json(run.totals or {})
    assert (totals.receipts, totals.members, whole(totals).points) == (6, 6, 120)
    assert not ReplayPart.objects.exists()
