"""Listing a million recipients, with consents, addresses, suppressions, budget and hold-out, beside a bare INSERT..SELECT."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import compare, fill_tables, fresh_database

MEMBERS = int(os.environ.get("MEMBERS", "1000000"))
ROUNDS = 3

# Set-based, because the members are only what the benchmark stands on: nine in ten with a consent and an address, one
# in a hundred suppressed, one in fifty written to this week.
_PEOPLE = """
    INSERT INTO members_member (public_id, kind, status, name, search_name, language, sex, joined_on, source, note, custom)
    SELECT gen_random_uuid(), 'person', 'enrolled', 'Person ' || n, 'person ' || n, 'en', '', date '2026-01-01', '', '', '{}'
    FROM generate_series(1, %(members)s) n;
    INSERT INTO members_consent (member_id, purpose, channel, action, language, method, proof, actor_label, given_at)
    SELECT id, 'marketing', 'email', 'granted', '', 'tests', '', '', now() FROM members_member WHERE id %% 10 <> 0;
    INSERT INTO members_currentconsent (member_id, purpose, channel, is_granted, since, consent_id)
    SELECT member_id, purpose, channel, true, given_at, id FROM members_consent;
    INSERT INTO members_identifier (member_id, kind, value, shown)
    SELECT id, 'phone', '+1212' || id, '' FROM members_member;
    INSERT INTO members_identifier (member_id, kind, value, shown)
    SELECT id, 'email', 'person' || id || '@example.com', '' FROM members_member WHERE id %% 10 <> 1;
    INSERT INTO members_suppression (channel, address_hash, reason, member_id, since)
    SELECT 'email', 'hash' || id, 'unsubscribed', id, now() FROM members_member WHERE id %% 100 = 7;
    INSERT INTO members_contactbudget (channel, messages, days, is_active) VALUES ('', 1, 7, true);
    INSERT INTO members_message (member_id, channel, purpose, source, source_group, source_id, state, due_at, claimed_at)
    SELECT id, 'email', 'marketing', 'bench', 1, id, 'sent', now(), now() FROM members_member WHERE id %% 50 = 3;
"""
_BARE = """
    INSERT INTO campaigns_recipient (run_id, member_id, channel, standing, reason)
    SELECT %s, id, 'email', 'treat', '' FROM members_member
"""


def main() -> int:
    with fresh_database():
        return run()


def run() -> int:
    from django.db import connection
    from django.utils import timezone

    from campaigns.models import Campaign, Recipient, Run, RunState
    from campaigns.services.freezing import freeze_run

    now = timezone.now()
    campaign = prepare(now)

    def new_run() -> Run:
        """Both paths begin with an empty table and a run; that costs next to nothing."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE campaigns_recipient")
        Run.objects.update(state=RunState.DONE)
        Campaign.objects.update(state="running")
        return Run.objects.create(
            campaign_id=campaign, channel="email", state=RunState.FREEZING, holdout_percent=10, seed="bench",
            time_zone="UTC", grace_minutes=30, scheduled_for=now,
        )  # fmt: skip

    def freeze(_number: int) -> None:
        assert freeze_run(run_id=new_run().pk, turn=0, now=now)

    def bare(_number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_BARE, [new_run().pk])
            assert cursor.rowcount == MEMBERS

    ratios = compare(freeze, bare, rounds=ROUNDS, each=1)
    freeze(0)
    run = Run.objects.latest("id")
    assert Recipient.objects.count() == run.planned_count + run.holdout_count + run.excluded_count == MEMBERS
    print(f"{run.planned_count} to be written to, {run.holdout_count} held out, left out {run.excluded_reasons}")
    print(f"RATIO freeze {statistics.median(ratios):.2f} goal <=2")
    return 0


def prepare(now: dt.datetime) -> int:
    """The people, and a campaign to everybody; its id."""
    from campaigns.models import Audience, Campaign
    from tests.campaigns.mailing import make_template
    from tests.factories.configuration import CompanyFactory

    CompanyFactory()
    fill_tables(_PEOPLE, {"members": MEMBERS})
    campaign = Campaign.objects.create(
        name="Everybody", audience=Audience.objects.create(name="Everybody"), template=make_template(), approved_at=now,
        state="running",
    )  # fmt: skip
    return campaign.pk


if __name__ == "__main__":
    sys.exit(main())
