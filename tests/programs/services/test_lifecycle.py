"""The nightly statement beside the plain rules on random people, and what a second night adds."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from loyalty_site.ground.models import Audit, Job
from loyalty_site.ground.policy import system
from members.models import Member
from programs.models import LifecycleModel, MemberStage, MemberStageChange, PurchaseSummary
from programs.queries.lifecycle import life_of, stages_by
from programs.rules.lifecycle import Bought, LifecycleRules, ModelKind, Silence, quintile_bounds, score, stage_of
from programs.services.lifecycle import change_lifecycle, refresh_job, refresh_stages
from tests.factories.configuration import CompanyFactory
from tests.programs.shop import open_shop

NOW = dt.datetime(2026, 3, 10, 3, 0, tzinfo=dt.UTC)  # still the 9th in New York
ZONE = ZoneInfo("America/New_York")
TODAY = dt.date(2026, 3, 9)
PEOPLE = 400


@pytest.fixture(autouse=True)
def new_york(db, monkeypatch):
    CompanyFactory(time_zone="America/New_York")
    monkeypatch.setattr("programs.queries.company._kept", {})


def save(rules: LifecycleRules) -> None:
    LifecycleModel.objects.update_or_create(
        pk=1,
        defaults={
            name: getattr(rules, name) for name in LifecycleRules.__dataclass_fields__ if not name.endswith("_tenths")
        }
        | {"at_risk_factor": rules.at_risk_tenths / 10, "lost_factor": rules.lost_tenths / 10},
    )


def make_people(luck: random.Random) -> dict[int, Bought]:
    """{member id: what they bought} of everybody who is alive; rows put in directly, for their variety."""
    found: dict[int, Bought] = {}
    statuses = luck.choices(["enrolled", "contact", "erased"], [10, 1, 1], k=PEOPLE)
    members = Member.objects.bulk_create(
        Member(name=f"Person {number}", status=status, joined_on=TODAY) for number, status in enumerate(statuses)
    )
    rows = []
    for member in members:
        found[member.pk] = Bought(0, None, None)
        if luck.random() < 0.85:
            purchases = luck.choice([0, 1, 1, 1, 2, 3, 4, 5, 8, 20, 21])
            last = NOW - dt.timedelta(days=luck.choice([0, 1, 30, 31, 45, 89, 90, 91, 200, 364, 365, 366, 500]))
            last -= dt.timedelta(hours=luck.randrange(24))
            first = last - dt.timedelta(days=luck.choice([0, 1, 19, 40, 100, 180, 365, 700]) if purchases > 1 else 0)
            spend = luck.choice([0, 500, 500, 12_345, 99_999])
            rows.append(
                PurchaseSummary(
                    member=member, purchase_count=purchases, spend_minor=spend, first_at=first, last_at=last
                )
            )
            days = first.astimezone(ZONE).date(), last.astimezone(ZONE).date()
            found[member.pk] = Bought(purchases, *days, spend)
    PurchaseSummary.objects.bulk_create(rows)
    return found


def expected(people: dict[int, Bought], rules: LifecycleRules, today: dt.date) -> dict[int, tuple]:
    buyers = [one for one in people.values() if one.purchases]
    fifths = [
        quintile_bounds([getattr(one, name) for one in buyers]) for name in ("last_on", "purchases", "spend_minor")
    ]
    alive = set(Member.objects.exclude(status="erased").values_list("pk", flat=True))
    return {
        member: (
            stage_of(one, rules, today=today).value,
            *(
                score(getattr(one, name), bounds) if one.purchases else None
                for name, bounds in zip(("last_on", "purchases", "spend_minor"), fifths, strict=True)
            ),
        )
        for member, one in people.items()
        if member in alive
    }


def stored() -> dict[int, tuple]:
    return {
        row[0]: row[1:] for row in MemberStage.objects.values_list("member", "stage", "recency", "frequency", "money")
    }


@pytest.mark.parametrize("model", list(ModelKind))
@pytest.mark.parametrize("silence", list(Silence))
def test_the_statement_says_what_the_rules_say(model: ModelKind, silence: Silence):
    rules = replace(LifecycleRules(), model=model, silence=silence)
    save(rules)
    people = make_people(random.Random(f"{model}{silence}"))
    found = refresh_stages(now=NOW)
    means = expected(people, rules, TODAY)
    assert stored() == means
    assert len({stage for stage, *_scores in means.values()}) >= 5
    assert (found.written, found.moved, found.gone) == (len(means), 0, 0)
    counted = stages_by(rules, now=NOW)
    assert {stage: count for stage, count in counted.items() if count} == {
        stage: sum(one[0] == stage for one in means.values()) for stage in {one[0] for one in means.values()}
    }
    assert refresh_stages(now=NOW).written == 0
    # The next nights: only who moved leaves a trace, and the traces lead from one night to the other.
    later = NOW + dt.timedelta(days=7)
    assert refresh_stages(now=later).moved == MemberStageChange.objects.count()
    after = expected(people, rules, TODAY + dt.timedelta(days=7))
    assert stored() == after
    moves = {row.member_id: (row.from_stage, row.to_stage) for row in MemberStageChange.objects.all()}
    assert moves == {who: (means[who][0], after[who][0]) for who in means if means[who][0] != after[who][0]}
    assert set(MemberStage.objects.filter(pk__in=moves).values_list("since", flat=True)) <= {
        TODAY + dt.timedelta(days=7)
    }


def test_who_is_erased_has_no_stage_and_a_history_stays():
    member = Member.objects.create(name="Anna", joined_on=TODAY)
    refresh_stages(now=NOW)
    PurchaseSummary.objects.create(member=member, purchase_count=1, spend_minor=5, first_at=NOW, last_at=NOW)
    assert refresh_stages(now=NOW).moved == 1
    life = life_of(member.pk)
    assert life is not None
    assert (life.stage.stage, life.stage.since) == ("first", TODAY)
    assert [(one.from_stage, one.to_stage, one.is_redrawn) for one in life.moves] == [("potential", "first", False)]
    Member.objects.filter(pk=member.pk).update(status="erased")
    assert refresh_stages(now=NOW).gone == 1
    assert life_of(member.pk) is None
    assert MemberStageChange.objects.count() == 1
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        MemberStageChange.objects.all().delete()


def test_since_is_said_only_where_it_is_known():
    known = {"joined_on": dt.date(2025, 1, 2)}
    potential, first, repeat = (Member.objects.create(name=name, **known) for name in ("P", "F", "R"))
    at = NOW - dt.timedelta(days=10)
    PurchaseSummary.objects.create(member=first, purchase_count=1, first_at=at, last_at=at)
    PurchaseSummary.objects.create(member=repeat, purchase_count=2, first_at=at, last_at=NOW)
    refresh_stages(now=NOW)
    since = dict(MemberStage.objects.values_list("member", "since"))
    assert since == {potential.pk: dt.date(2025, 1, 2), first.pk: dt.date(2026, 2, 27), repeat.pk: None}


def test_changed_thresholds_are_audited_and_their_moves_say_nothing_about_people():
    member = Member.objects.create(name="Anna")
    PurchaseSummary.objects.create(member=member, purchase_count=3, first_at=NOW, last_at=NOW)
    refresh_stages(now=NOW)
    changed = LifecycleModel.objects.get()
    changed.attached_purchases = 3
    changed.full_clean()
    change_lifecycle(
        changed=changed, fields=["attached_purchases"], actor=system("tests"), now=NOW + dt.timedelta(minutes=1)
    )
    act = Audit.objects.latest("id")
    assert (act.action, act.object_type, act.details) == (
        "change", "programs.lifecyclemodel", {"fields": ["attached_purchases"]},
    )  # fmt: skip
    assert Job.objects.get().kind == "programs.refresh_stages"
    progress = refresh_job(now=NOW + dt.timedelta(minutes=2))
    assert progress.is_finished
    move = MemberStageChange.objects.get()
    assert (move.from_stage, move.to_stage, move.is_redrawn) == ("repeat", "attached", True)
    assert LifecycleModel.objects.get().computed_at == NOW + dt.timedelta(minutes=2)


def test_a_sale_moves_nobody_before_the_night():
    shop = open_shop()
    anna = shop.member()
    refresh_stages(now=NOW)
    sold = shop.sell({"A": "10.00"}, anna)
    assert MemberStage.objects.get(member=anna).stage == "potential"
    refresh_stages(now=shop.now)
    assert MemberStage.objects.get(member=anna).stage == "first"
    shop.give_back(sold, {1: "1"})
    refresh_stages(now=shop.now)
    # What came back was bought all the same: a return is a visit, and lowers the money only.
    assert MemberStage.objects.get(member=anna).stage == "first"


def test_a_night_without_anybody_does_nothing():
    found = refresh_stages(now=NOW)
    assert (found.written, found.moved, found.gone) == (0, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM programs_lifecyclemodel WHERE computed_at = %s", [NOW])
        assert cursor.fetchone() == (1,)
