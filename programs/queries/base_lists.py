"""The people behind the figures of "Base and lifecycle": conditions on a list of members."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from members.models import Identifier, Member, MemberStatus, Message, MessageState
from programs.models import MemberStage, PurchaseSummary
from programs.queries.company import company_zone
from programs.queries.lifecycle import LIVING

ACTIVE_DAYS = (30, 90, 365)
# {key: (from, to) days ago, both included}; None: no end. They follow each other without a gap.
BANDS: dict[str, tuple[int, int | None]] = {
    "0-30": (0, 30),
    "31-90": (31, 90),
    "91-180": (91, 180),
    "181-365": (181, 365),
    "366": (366, None),
}
# One row for each welcome gift: whose, of which programme, on which day, how much, what is left, and whether its owner
# never bought on a later day. The parameter is the company's zone.
GIFTS = """
    SELECT a.owner_id AS member_id, a.program_id, (t.occurred_at AT TIME ZONE %(zone)s)::date AS given_on, p.amount AS points,
           l.remaining, NOT EXISTS (
               SELECT 1 FROM programs_purchasesummary s WHERE s.member_id = a.owner_id AND s.purchase_count > 0
               AND (s.last_at AT TIME ZONE %(zone)s)::date > (t.occurred_at AT TIME ZONE %(zone)s)::date) AS never_back
    FROM programs_ledgertransaction t
    JOIN programs_posting p ON p.transaction_id = t.id AND p.from_bucket = 'issued'
    JOIN programs_account a ON a.id = p.account_id
    JOIN members_member m ON m.id = a.owner_id AND m.status = 'enrolled'
    LEFT JOIN programs_lot l ON l.id = p.lot_id
    WHERE t.kind = 'gift'
"""


def today_on(now: dt.datetime) -> dt.date:
    """The day on the company's wall."""
    return now.astimezone(ZoneInfo(company_zone())).date()


def midnight(now: dt.datetime, days: int) -> dt.datetime:
    """The moment with which the day `days` days ago begins."""
    return dt.datetime.combine(today_on(now) - dt.timedelta(days=days), dt.time(), ZoneInfo(company_zone()))


def band_bounds(key: str, now: dt.datetime) -> tuple[dt.datetime | None, dt.datetime]:
    """From (included; None: ever) and until (not included) of a band."""
    first, last = BANDS[key]
    return (None if last is None else midnight(now, last)), midnight(now, first - 1)


def in_stage(people: QuerySet[Member], stage: str) -> QuerySet[Member]:
    """Whose stage is this one, as of the last night."""
    return people.filter(Exists(MemberStage.objects.filter(member=OuterRef("pk"), stage=stage)))


def with_score(people: QuerySet[Member], name: str, value: int) -> QuerySet[Member]:
    """`name` is recency, frequency or money; `value` 1 to 5."""
    return people.filter(Exists(MemberStage.objects.filter(member=OuterRef("pk"), **{name: value})))


def holding(people: QuerySet[Member], kind: str) -> QuerySet[Member]:
    """Enrolled, with a living identifier of this kind; "any": of whichever."""
    keys = Identifier.objects.filter(member=OuterRef("pk"), ended_at__isnull=True, is_blocked=False)
    return people.filter(Exists(keys if kind == "any" else keys.filter(kind=kind)), status=MemberStatus.ENROLLED)


def bought_since(people: QuerySet[Member], days: int, *, now: dt.datetime) -> QuerySet[Member]:
    """Who bought today or on the `days` days before."""
    bought = PurchaseSummary.objects.filter(member=OuterRef("pk"), purchase_count__gt=0)
    return people.filter(Exists(bought.filter(last_at__gte=midnight(now, days))))


def bought_in_band(people: QuerySet[Member], key: str, *, now: dt.datetime) -> QuerySet[Member]:
    """Living people whose last purchase lies in a band, or "never"."""
    people = people.filter(status__in=LIVING)
    bought = PurchaseSummary.objects.filter(member=OuterRef("pk"), purchase_count__gt=0)
    if key == "never":
        return people.filter(~Exists(bought.filter(last_at__isnull=False)))
    first, until = band_bounds(key, now)
    if key != next(iter(BANDS)):  # a till whose clock runs ahead is no reason to be in no band
        bought = bought.filter(last_at__lt=until)
    return people.filter(Exists(bought.filter(last_at__gte=first) if first else bought))


def heard_in_band(people: QuerySet[Member], key: str, *, now: dt.datetime) -> QuerySet[Member]:
    """Living people whose last confirmed message lies in a band, or "never"."""
    people = people.filter(status__in=LIVING)
    sent = Message.objects.filter(member=OuterRef("pk"), state=MessageState.SENT, claimed_at__isnull=False)
    if key == "never":
        return people.filter(~Exists(sent))
    first, until = band_bounds(key, now)
    # The latest lies in the band: one does, and none after it. Asked so, the messages of the band are looked up and not
    # those of every person.
    if key != next(iter(BANDS)):
        people = people.filter(~Exists(sent.filter(claimed_at__gte=until)))
        sent = sent.filter(claimed_at__lt=until)
    return people.filter(Exists(sent.filter(claimed_at__gte=first) if first else sent))


def gift_gone(people: QuerySet[Member], days: int, *, now: dt.datetime) -> QuerySet[Member]:
    """Who took a welcome gift more than `days` days ago and never bought on a later day."""
    before = today_on(now) - dt.timedelta(days=days)
    text = GIFTS.replace("%(zone)s", "%s")
    zone = company_zone()
    gone = RawSQL(  # noqa: S611  our own text, its values are parameters
        f"SELECT member_id FROM ({text}) AS gifts WHERE never_back AND given_on < %s",
        [zone] * GIFTS.count("%(zone)s") + [before],
    )
    return people.filter(pk__in=gone)
