"""Who an audience means, in one statement of hand-written SQL.

Why by hand: the same text counts while somebody types, lists ten people, and freezes a million recipients by
INSERT..SELECT. Each criterion becomes one EXISTS (the planner makes semi and anti joins of them, by the indexes);
what decides whether somebody may be written to is asked in the same way. Tested against plain Python on random people.

Writing to somebody is decided again when their message is claimed (members.services.deliver): consents and budgets
change while a mailing runs, and suppressions of addresses that nobody had at the time are known by hash only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from campaigns.errors import AudienceInvalid
from campaigns.models import Run, Standing
from campaigns.rules.audiences import birthday_days, parse_criteria
from campaigns.rules.criteria import (
    Allows,
    Birthday,
    Bought,
    City,
    Contact,
    CriteriaError,
    Criterion,
    InStage,
    Joined,
    Language,
    OwnField,
    Profile,
    Scored,
    Shopped,
    Spent,
    Tier,
    ToWin,
)
from campaigns.rules.scheduling import LOTS
from loyalty_site.ground.models import Company
from members.models import REACHED_STATES, Channel, IdentifierKind, MessageReason, Purpose
from members.queries.fields import field_condition, fields_by_code
from members.rules.custom import Field

type Sql = tuple[str, list[Any]]

SAMPLE_SIZE = 10
# Which key of a person is the address of a channel.
ADDRESS_KINDS = {Channel.EMAIL: IdentifierKind.EMAIL, Channel.SMS: IdentifierKind.PHONE}
# Each is an EXISTS of its own in a CASE, which the planner does by index for few people and by one hash for many.
# Whatever it misjudges, the work stays in proportion to the people; joins of grouped tables would not.
_CONSENT = """EXISTS (SELECT 1 FROM members_currentconsent x
    WHERE x.member_id = m.id AND x.purpose = %s AND x.channel = %s AND x.is_granted)"""
_LISTS = ("interests", "cares_about")
_ADDRESS = """EXISTS (SELECT 1 FROM members_identifier x
    WHERE x.member_id = m.id AND x.kind = %s AND x.ended_at IS NULL AND NOT x.is_blocked)"""
# A suppression that is older than an address which the person has now meant another one: which one is known by hash
# only, and the hash is asked when the message is claimed.
_SUPPRESSED = """EXISTS (SELECT 1 FROM members_suppression x
    WHERE x.member_id = m.id AND x.channel = %s AND x.lifted_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM members_identifier i WHERE i.member_id = x.member_id AND i.kind = %s AND i.ended_at IS NULL
        AND NOT i.is_blocked AND i.created_at > x.since))"""
_OVER_BUDGET = """EXISTS (SELECT 1 FROM (
    SELECT x.member_id FROM members_contactbudget b
    JOIN members_message x ON x.claimed_at > %s::timestamptz - make_interval(days => b.days)
                          AND (b.channel = '' OR b.channel = x.channel)
    WHERE b.is_active AND b.channel IN ('', %s) AND x.purpose = %s AND x.state = ANY(%s)
    GROUP BY b.id, b.messages, x.member_id HAVING count(*) >= b.messages) AS spent WHERE spent.member_id = m.id)"""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the criteria are measured against: the moment, the company's clock and money, and its own fields by code."""

    now: dt.datetime
    zone: str = "UTC"
    exponent: int = 2
    fields: Mapping[str, Field] = dataclass_field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        """The day on the company's wall."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def since(self, days: int) -> dt.datetime:
        """The midnight with which the last `days` days begin."""
        return dt.datetime.combine(self.today - dt.timedelta(days=days), dt.time(), ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """How many people the criteria mean: `reachable` of them may be written to, `left_out` {reason: people} may not."""

    reachable: int
    left_out: dict[str, int]

    @property
    def matching(self) -> int:
        return self.reachable + sum(self.left_out.values())


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """One of the people, for looking at: `name` is whole, the page masks it where the reader may not see it."""

    member_id: int
    name: str
    city: str
    language: str


def criteria_of(document: object) -> tuple[Criterion, ...]:
    """The criteria of a kept document. Raises AudienceInvalid when it was spoilt outside these pages."""
    try:
        return parse_criteria(document)
    except CriteriaError as error:
        raise AudienceInvalid from error


def company_frame(now: dt.datetime) -> Frame:
    """The frame of this installation's company; UTC and two decimals while it has none."""
    company = Company.objects.first()
    fields = fields_by_code()
    return Frame(now, company.time_zone, company.currency_exponent, fields) if company else Frame(now, fields=fields)


def matched_people(
    criteria: Sequence[Criterion], frame: Frame, *, channel: str = Channel.EMAIL, purpose: str = Purpose.MARKETING
) -> Sql:
    """SELECT (id, reason) of everybody whom the criteria mean; reason "" is: may be written to, else a MessageReason.

    The first reason that holds counts, in the order in which one would mend them.
    """
    where, where_values = _where(criteria, frame)
    text = f"""
        SELECT m.id,
               CASE WHEN m.status <> 'enrolled' THEN '{MessageReason.NOT_MEMBER}'
                    WHEN %s AND NOT {_CONSENT} THEN '{MessageReason.NO_CONSENT}'
                    WHEN NOT {_ADDRESS} THEN '{MessageReason.NO_ADDRESS}'
                    WHEN {_SUPPRESSED} THEN '{MessageReason.SUPPRESSED}'
                    WHEN {_OVER_BUDGET} THEN '{MessageReason.OVER_BUDGET}'
                    ELSE '' END AS reason
        FROM members_member m WHERE {where}
    """
    kind = ADDRESS_KINDS[Channel(channel)]
    is_marketing = purpose == Purpose.MARKETING
    reached = [str(state) for state in REACHED_STATES]
    values = [
        is_marketing,
        *(purpose, channel),
        kind,
        *(channel, kind),
        # Budgets limit offers and news; whatever else is written neither counts nor is stopped.
        *(frame.now, channel, purpose if is_marketing else "", reached),
    ]
    return text, [*values, *where_values]


def meant_members(criteria: Sequence[Criterion], frame: Frame) -> Sql:
    """SELECT id of everybody enrolled whom the criteria mean, whether or not they may be written to."""
    where, values = _where(criteria, frame)
    return f"SELECT m.id FROM members_member m WHERE m.status = 'enrolled' AND {where}", values


def listed_people(
    criteria: Sequence[Criterion], frame: Frame, *, channel: str, purpose: str, seed: str, holdout_percent: int
) -> Sql:
    """SELECT (id, reason, standing) of everybody whom a run means: treat, holdout or excluded.

    The lot is campaigns.rules.scheduling.lot in SQL: the first 32 bits of MD5, modulo 10,000.
    """
    matched, values = matched_people(criteria, frame, channel=channel, purpose=purpose)
    bound = holdout_percent * LOTS // 100
    text = f"""
        SELECT id, reason,
               CASE WHEN reason <> '' THEN '{Standing.EXCLUDED}'
                    WHEN %s > 0 AND ('x' || left(md5(%s || ':' || id), 8))::bit(32)::bigint %% {LOTS} < %s
                    THEN '{Standing.HOLDOUT}' ELSE '{Standing.TREAT}' END AS standing
        FROM ({matched}) AS matched
    """
    return text, [bound, seed, bound, *values]


def count_run(run: Run, criteria: Sequence[Criterion], frame: Frame) -> tuple[AudienceCount, int]:
    """What listing the run's people now would give: the count of its criteria, and how many its lot would hold out."""
    listed, values = listed_people(
        criteria,
        frame,
        channel=run.channel,
        purpose=run.purpose,
        seed=run.seed,
        holdout_percent=run.holdout_percent,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT standing, reason, count(*) FROM ({listed}) AS listed GROUP BY standing, reason ORDER BY reason",
            values,
        )
        rows = cursor.fetchall()
    held = sum(count for standing, _reason, count in rows if standing == Standing.HOLDOUT)
    reachable = sum(count for standing, _reason, count in rows if standing != Standing.EXCLUDED)
    left_out = {reason: count for standing, reason, count in rows if standing == Standing.EXCLUDED}
    return AudienceCount(reachable, left_out), held


def count_audience(
    criteria: Sequence[Criterion], frame: Frame, *, channel: str = Channel.EMAIL, purpose: str = Purpose.MARKETING
) -> AudienceCount:
    """How many people the criteria mean now, and how many of them are left out for what; one statement."""
    return look_at_audience(criteria, frame, channel=channel, purpose=purpose, sample_size=0)[0]


def look_at_audience(
    criteria: Sequence[Criterion],
    frame: Frame,
    *,
    channel: str = Channel.EMAIL,
    purpose: str = Purpose.MARKETING,
    sample_size: int = SAMPLE_SIZE,
) -> tuple[AudienceCount, list[SamplePerson]]:
    """The count, and some of the people who may be written to: as if by lot, but the same while nothing changes.

    One statement, so that the people are looked up once and the two agree.
    """
    matched, values = matched_people(criteria, frame, channel=channel, purpose=purpose)
    text = f"""
        WITH matched AS MATERIALIZED ({matched}),
        counted AS (SELECT reason, count(*) AS people FROM matched GROUP BY reason),
        picked AS (SELECT id FROM matched WHERE reason = '' ORDER BY hashint8extended(id, 0) LIMIT %s)
        SELECT reason, people, NULL AS id, NULL AS name, NULL AS city, NULL AS language FROM counted
        UNION ALL
        SELECT NULL, NULL, m.id, m.name, coalesce(a.city, ''), m.language
        FROM picked JOIN members_member m USING (id) LEFT JOIN members_address a ON a.member_id = m.id
        ORDER BY name, id
    """
    with connection.cursor() as cursor:
        cursor.execute(text, [*values, sample_size])
        rows = cursor.fetchall()
    found = {reason: people for reason, people, member_id, *_more in rows if member_id is None}
    reachable = found.pop("", 0)
    order = list(MessageReason.values)
    counted = AudienceCount(reachable, dict(sorted(found.items(), key=lambda item: order.index(item[0]))))
    return counted, [SamplePerson(*row[2:]) for row in rows if row[2] is not None]


def _where(criteria: Sequence[Criterion], frame: Frame) -> Sql:
    """All criteria joined by AND. No predicate is ever NULL, so NOT means exactly everybody else."""
    texts, values = ["TRUE"], []
    for one in criteria:
        text, inside = _predicate(one, frame)
        texts.append(f"NOT ({text})" if one.is_not else text)
        values += inside
    return " AND ".join(texts), values


def _predicate(one: Criterion, frame: Frame) -> Sql:
    match one:
        case City():
            return _exists("members_address", "x.city = ANY(%s)"), [list(one.values)]
        case Tier():
            return (
                "EXISTS (SELECT 1 FROM programs_account x WHERE x.owner_id = m.id AND x.tier_key = ANY(%s))",
                [list(one.values)],
            )
        case InStage() | Scored() | Contact() | ToWin():
            return _standing(one)
        case Language() | Profile() | OwnField():
            return _told(one, frame)
        case Bought():
            return _exists("programs_purchasesummary", "x.last_at >= %s"), [frame.since(one.days)]
        case Spent() | Shopped():
            return _spent(one, frame) if isinstance(one, Spent) else _shopped(one, frame)
        case Birthday():
            days = birthday_days(frame.today, one.days)
            return (
                # The subselect knows no member, so it is read once; NULL for those whose birthday is not known.
                "((m.birth_month, m.birth_day) IN (SELECT * FROM unnest(%s::smallint[], %s::smallint[]))) IS TRUE",
                [[month for month, _day in days], [day for _month, day in days]],
            )
        case Joined():
            return "coalesce(m.joined_on >= %s, FALSE)", [frame.today - dt.timedelta(days=one.days)]
        case Allows():
            condition = f"x.purpose = '{Purpose.MARKETING}' AND x.channel = %s AND x.is_granted"
            return _exists("members_currentconsent", condition), [one.channel]


def _told(one: Language | Profile | OwnField, frame: Frame) -> Sql:
    """What people told us. The name of a column is one of those that the rules let through."""
    if isinstance(one, Language):
        return "m.language = ANY(%s)", [list(one.values)]
    if isinstance(one, OwnField):
        defined = frame.fields.get(one.field)
        # A field that nobody defined holds of nobody.
        return field_condition(defined, one.asked, one.values) if defined else ("FALSE", [])
    if one.field in _LISTS:
        # Words of one's own are compared as they were written, however cased.
        folded = "lower(v.value) = ANY(%s)"
        return (
            f"EXISTS (SELECT 1 FROM jsonb_array_elements_text(m.{one.field}) v WHERE {folded})",
            [[value.lower() for value in one.values]],
        )
    return f"m.{one.field} = ANY(%s)", [list(one.values)]


def _exists(table: str, condition: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} x WHERE x.member_id = m.id AND {condition})"


def _standing(one: InStage | Scored | Contact | ToWin) -> Sql:
    return _at_company(one) if isinstance(one, Contact | ToWin) else _lifecycle(one)


def _lifecycle(one: InStage | Scored) -> Sql:
    """As of the last night. The name of a score's column is one of the three that the rules let through."""
    column, values = (
        ("stage", list(one.values)) if isinstance(one, InStage) else (one.score, [int(v) for v in one.values])
    )
    return _exists("programs_memberstage", f"x.{column} = ANY(%s)"), [values]


def _at_company(one: Contact | ToWin) -> Sql:
    """Of contact persons of today; who left is none."""
    here = "SELECT 1 FROM members_companycontact x WHERE x.person_id = m.id AND x.ended_at IS NULL"
    if isinstance(one, ToWin):
        return f"EXISTS ({here} AND x.roles @> ARRAY['decides']::varchar[] AND x.won_at IS NULL)", []
    return f"EXISTS ({here} AND x.roles && %s::varchar[])", [list(one.values)]


def _shopped(one: Shopped, frame: Frame) -> Sql:
    """By receipts that were not cancelled; of categories with all that is below them."""
    since = None if one.days is None else frame.today - dt.timedelta(days=one.days)
    sales = """SELECT 1 FROM programs_purchase x {join} WHERE x.member_id = m.id AND x.kind = 'sale' AND {what}
               AND (%s::date IS NULL OR x.business_on >= %s) AND NOT EXISTS (
                   SELECT 1 FROM programs_purchase v WHERE v.original_id = x.id AND v.is_void)"""
    if one.by == "store":
        text = sales.format(join="", what="x.store_id = ANY(%s)")
        return f"EXISTS ({text})", [[int(value) for value in one.values], since, since]
    # As the article is sorted now: receipts from before came without categories.
    below = """coalesce(p.category_id, l.category_id) IN (WITH RECURSIVE t AS (
        SELECT id FROM programs_category WHERE code = ANY(%s)
        UNION SELECT c.id FROM programs_category c JOIN t ON c.parent_id = t.id) SELECT id FROM t)"""
    join = "JOIN programs_purchaseline l ON l.purchase_id = x.id LEFT JOIN programs_product p ON p.id = l.product_id"
    return f"EXISTS ({sales.format(join=join, what=below)})", [list(one.values), since, since]


def _spent(one: Spent, frame: Frame) -> Sql:
    """Ever: from the summary. In the last days: added up from receipts of those days (by their business day)."""
    unit = Decimal(10) ** frame.exponent
    is_least = one.bound == "least"
    minor = int((one.amount * unit).to_integral_value(ROUND_CEILING if is_least else ROUND_FLOOR))
    beyond = ">= %s" if is_least else "> %s"
    if one.days is None:
        text = _exists("programs_purchasesummary", f"x.spend_minor {beyond}")
        values: list[Any] = [minor]
    else:
        table = f"""(SELECT p.member_id FROM programs_purchase p
                     WHERE p.member_id IS NOT NULL AND p.business_on >= %s
                     GROUP BY p.member_id
                     HAVING sum(CASE p.kind WHEN 'sale' THEN p.total_minor ELSE -p.total_minor END) {beyond})"""
        text, values = _exists(table, "TRUE"), [frame.today - dt.timedelta(days=one.days), minor]
    # At most is: not more than. So those who never bought are in it.
    return (text if is_least else f"NOT {text}"), values
