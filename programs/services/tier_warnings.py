"""Telling members that they are about to lose a tier: once for every time they stood on it, in time to reach it again.

Planned by the look of the night (services/tiers.py), sent in the morning by the programme's clock. It is a service message
(about the member's own standing), so it needs no consent to offers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from loyalty_site.ground.services import JobProgress, enqueue_job
from members.models import Channel, Purpose
from members.services import Claimed, Links, Mail, plan_messages
from programs.models import TierLook, TierWarning
from programs.queries.climbing import Ahead, Stood, missing_to, stood_of, today_of
from programs.queries.standing import version_at
from programs.queries.tier_words import missing_words
from programs.rules.documents import Compiled
from programs.rules.ladder import certain_until
from programs.services.programs import compiled_version
from programs.services.warnings import render_each, send_group

SOURCE = "tier_warning"
SEND = "programs.send_tier_warnings"
NOTHING_TO_LOSE = "tier_not_lost"
MORNING = dt.time(9)

# Those who have no address are noted as well: they are not looked for again tomorrow.
_WARN = """
    WITH noted AS (
        INSERT INTO programs_tierwarning (account_id, tier_key, since_on, kept_on, warned_at)
        SELECT w.account, w.tier, w.since, w.kept, %(now)s
        FROM unnest(%(accounts)s::bigint[], %(tiers)s::text[], %(sinces)s::date[], %(kept)s::date[])
             AS w(account, tier, since, kept)
        ON CONFLICT ON CONSTRAINT programs_tier_warned_once DO NOTHING
        RETURNING id, account_id
    )
    SELECT n.id, a.owner_id FROM noted n JOIN programs_account a ON a.id = n.account_id
    WHERE EXISTS (SELECT FROM members_identifier i WHERE i.member_id = a.owner_id AND i.kind = 'email'
                  AND i.ended_at IS NULL AND NOT i.is_blocked)
    ORDER BY n.id
"""


def is_in_danger(one: Stood, version: Compiled, today: dt.date, *, days: int) -> bool:
    """Whether a tier will be lost within so many days unless more is bought."""
    kept_on = certain_until(version.ladder, one.standing, today)
    return kept_on is not None and (kept_on - today).days < days and missing_to(version, one) is not None


def warn(endangered: Sequence[Stood], version: Compiled, look: TierLook, *, now: dt.datetime) -> int:
    """Note the warnings that are new and plan their messages; how many messages. In the caller's transaction."""
    if not endangered:
        return 0
    kept = [certain_until(version.ladder, one.standing, look.looked_on) for one in endangered]
    with connection.cursor() as cursor:
        cursor.execute(
            _WARN,
            {
                "now": now,
                "accounts": [one.account_id for one in endangered],
                "tiers": [one.standing.tier for one in endangered],
                "sinces": [one.standing.since for one in endangered],
                "kept": kept,
            },
        )
        items = cursor.fetchall()
    if items:
        morning = dt.datetime.combine(look.looked_on, MORNING, ZoneInfo(version.time_zone))
        plan_messages(
            source=SOURCE,
            group=look.pk,
            items=items,
            channel=Channel.EMAIL,
            purpose=Purpose.PROCESSING,
            due_at=max(morning, now),
        )
    return len(items)


def start_sending(look: TierLook, *, now: dt.datetime) -> None:
    """After the last chunk of a look: the job that sends its warnings."""
    if look.warned:
        payload = {"group": look.pk, "count": look.warned}
        enqueue_job(kind=SEND, payload=payload, now=now, total_count=look.warned)


def send_warnings(*, group: int, count: int, now: dt.datetime) -> JobProgress:
    """One chunk of the messages of one look; the handler of its job."""
    return send_group(source=SOURCE, group=group, count=count, now=now)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one mail says. `missing` is what keeps the tier."""

    tier: str
    kept_on: dt.date
    missing: Ahead
    program: str
    currency: str


def render_messages(
    claimed: Sequence[Claimed], *, links: Mapping[int, Links], now: dt.datetime
) -> dict[int, Mail | str]:
    """{message id: the mail, or the code of the reason why there is none}; what has been bought since is counted."""
    said = _said_of([one.source_id for one in claimed], now=now)
    return render_each(claimed, said, _mail, links=links, nothing=NOTHING_TO_LOSE)


def _said_of(warnings: Sequence[int], *, now: dt.datetime) -> dict[int, _Said]:
    """{warning: what it says}; a warning of somebody who has reached the tier again, or lost it by now, is missing."""
    rows = list(TierWarning.objects.filter(pk__in=warnings).select_related("account__program"))
    found: dict[int, _Said] = {}
    for program in {row.account.program for row in rows}:
        newest = version_at(program.pk, now)
        if newest is None:
            continue
        version = compiled_version(newest.pk)
        theirs = [row for row in rows if row.account.program_id == program.pk]
        stood = stood_of([row.account_id for row in theirs], version, today_of(version, now))
        for row in theirs:
            one = stood[row.account_id]
            missing = missing_to(version, one)
            kept_on = certain_until(version.ladder, one.standing, today_of(version, now))
            if one.standing.tier == row.tier_key and missing is not None and kept_on is not None:
                name = version.tier_name(row.tier_key)
                found[row.pk] = _Said(name, kept_on, missing, program.name, version.currency)
    return found


def _mail(one: Claimed, said: _Said, links: Links, language: str, company: str) -> Mail:
    with translation.override(language):
        day = date_format(said.kept_on, "DATE_FORMAT")
        stands = gettext("Your tier is “%(tier)s”. It is yours until the end of %(day)s.") % {
            "tier": said.tier,
            "day": day,
        }
        missing = gettext("To keep it, this is still missing today: %(missing)s.") % {
            "missing": missing_words(said.missing, said.currency)
        }
        context = {
            "language": language,
            "is_rtl": translation.get_language_bidi(),
            "name": one.name,
            "company": company,
            "program": said.program,
            "lines": [stands, missing],
            "preferences_url": links.preferences_url,
        }
        lines = [
            pgettext("a letter", "Hello %(name)s,") % {"name": one.name} if one.name else "",
            stands,
            missing,
            company,
            gettext("What you get from us: %(url)s") % {"url": links.preferences_url},
        ]
        return Mail(
            subject=gettext("Your tier “%(tier)s”: until %(day)s") % {"tier": said.tier, "day": day},
            text="\n\n".join(line for line in lines if line) + "\n",
            html=render_to_string("programs/tier_warning.html", context),
            language=language,
        )
