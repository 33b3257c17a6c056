"""Telling members that points burn: one warning per lot and threshold, ever; one message per member and evening.

The plan is one statement for each programme. The message is a service message (purpose "processing": it is about
the member's own points), so it needs no consent to offers; a suppressed address is respected as everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.models import Company
from loyalty_site.ground.rules.money import from_minor
from loyalty_site.ground.services import JobProgress, enqueue_job
from loyalty_site.ground.services.clocks import clock_from
from members.models import Channel, Purpose
from members.services import Claimed, Links, Mail, deliver, plan_messages
from programs.models import Program, ProgramState
from programs.queries.burning import BURNS_AT, CALENDARS
from programs.queries.warnings import Warned, warned_of
from programs.services.ledger import note_pauses

SOURCE = "burn_warning"
SEND = "programs.send_warnings"
NOTHING_BURNS = "nothing_burns"
LOOK_AGAIN = dt.timedelta(seconds=2)
# While there is no mail server at all: nobody is waiting for this minute.
NO_SERVER_PAUSE = dt.timedelta(hours=1)

# The whole run for one programme; a second one that starts meanwhile has nothing to add (R14).
ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtext('programs.burn_warnings'), %s)"
# The tightest threshold that a lot has come within counts. A lot that is first met a week before its day gets that
# warning and not the monthly one as well.
# From the accounts of which something is due by then (the bound of docs/algorithms/expiry.md, pauses included) to their
# lots, one by one: reading all lots there are costs more than all else here. OFFSET 0 holds PostgreSQL to that.
_WARN = f"""
    WITH near AS MATERIALIZED (
        SELECT l.id AS lot, a.owner_id AS member, l.free AS points, {BURNS_AT} AS burns_at
        FROM programs_account a
        CROSS JOIN LATERAL (
            SELECT id, remaining - held AS free, earned_at, expires_at FROM programs_lot
            WHERE account_id = a.id AND remaining > 0 AND remaining > held OFFSET 0
        ) AS l
        LEFT JOIN {CALENDARS} c ON c.program_id = a.program_id
        WHERE a.program_id = %(program)s AND a.next_due_at <= %(until)s
    ), staged AS MATERIALIZED (
        SELECT near.*, (SELECT min(day) FROM unnest(%(days)s::int[]) AS day
                        WHERE near.burns_at <= %(now)s + make_interval(days => day)) AS days
        FROM near WHERE burns_at > %(now)s AND burns_at <= %(until)s
    ), fresh AS MATERIALIZED (
        SELECT nextval('programs_burnwarning_id_seq') AS id, staged.*,
               EXISTS (SELECT FROM members_identifier i WHERE i.member_id = staged.member AND i.kind = 'email'
                       AND i.ended_at IS NULL AND NOT i.is_blocked) AS has_address
        FROM staged
        WHERE NOT EXISTS (SELECT FROM programs_burnwarning w WHERE w.lot_id = staged.lot AND w.days = staged.days)
    ), noted AS MATERIALIZED (
        SELECT fresh.*, CASE WHEN has_address THEN min(id) OVER (PARTITION BY member) ELSE 0 END AS notice FROM fresh
    ), warned AS (
        INSERT INTO programs_burnwarning (id, lot_id, days, points, expires_at, notice, warned_at)
        SELECT id, lot, days, points, burns_at, notice, %(now)s FROM noted
    )
    SELECT notice, min(member), count(*) FROM noted GROUP BY notice
"""


def warn_of_burning(*, now: dt.datetime) -> int:
    """Plan the warnings of every programme and the messages that say them; how many lots were warned of.

    Running twice, or at the same time as another, warns of nothing twice: one run at a time holds the lock,
    and the table takes a lot and threshold once.
    """
    note_pauses(now=now)
    return sum(_warn(program, now) for program in Program.objects.exclude(state=ProgramState.DRAFT).order_by("id"))


@transaction.atomic
def _warn(program: Program, now: dt.datetime) -> int:
    days = sorted({day for day in program.warning_days if day > 0})
    if not days:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [program.pk])
        if not cursor.fetchone()[0]:
            return 0
        until = now + dt.timedelta(days=days[-1])
        failpoint("warnings.before_plan")
        cursor.execute(_WARN, {"program": program.pk, "days": days, "until": until, "now": now})
        found = cursor.fetchall()
    items = [(notice, member) for notice, member, _count in found if notice]
    if items:
        group = min(notice for notice, _member in items)
        plan_messages(
            source=SOURCE, group=group, items=items, channel=Channel.EMAIL, purpose=Purpose.PROCESSING, due_at=now
        )
        enqueue_job(kind=SEND, payload={"group": group, "count": len(items)}, now=now, total_count=len(items))
    return sum(count for _notice, _member, count in found)


def send_warnings(*, group: int, count: int, now: dt.datetime) -> JobProgress:
    """One chunk of the messages of one run; the handler of its job."""
    return send_group(source=SOURCE, group=group, count=count, now=now)


def send_group(*, source: str, group: int, count: int, now: dt.datetime) -> JobProgress:
    """One chunk of the `count` messages of one source and group, and when the next is worth trying."""
    done = deliver(source=source, group=group, limit=500, clock=clock_from(now))
    run_at = None
    if done.is_blocked:
        run_at = now + NO_SERVER_PAUSE if done.is_blocked in {"no_server", "no_sender"} else done.next_due_at
    elif not (done.sent or done.failed or done.unknown or done.suppressed):
        run_at = max(done.next_due_at or now, now + LOOK_AGAIN)
    return JobProgress(count - done.waiting, count, is_finished=done.waiting == 0, run_at=run_at)


def render_messages(
    claimed: Sequence[Claimed], *, links: Mapping[int, Links], now: dt.datetime
) -> dict[int, Mail | str]:
    """{message id: the mail, or the code of the reason why there is none}; three statements whatever the number."""
    warned = warned_of([one.source_id for one in claimed], now=now)
    return render_each(claimed, warned, _mail, links=links, nothing=NOTHING_BURNS)


def render_each[W](
    claimed: Sequence[Claimed],
    warned: Mapping[int, W],
    mail: Callable[[Claimed, W, Links, str, str], Mail],
    *,
    links: Mapping[int, Links],
    nothing: str,
) -> dict[int, Mail | str]:
    """{message id: what `mail` makes of its warning, in the member's language and with the company's name; `nothing`, the
    code of a reason, where there is nothing to warn of any more}."""
    company = Company.objects.first()
    languages = [code for code, _name in settings.LANGUAGES]
    answers: dict[int, Mail | str] = {}
    for one in claimed:
        said = warned.get(one.source_id)
        language = one.language if one.language in languages else settings.LANGUAGE_CODE[:2]
        answers[one.message_id] = (
            mail(one, said, links[one.message_id], language, company.name if company else "") if said else nothing
        )
    return answers


def _mail(one: Claimed, said: Warned, links: Links, language: str, company: str) -> Mail:
    with translation.override(language):
        rows = [(date_format(day.on, "DATE_FORMAT"), _points(day.points, said.point_decimals)) for day in said.days]
        context = {
            "language": language,
            "is_rtl": translation.get_language_bidi(),
            "name": one.name,
            "company": company,
            "program": said.program,
            "rows": rows,
            "balance": _points(said.balance, said.point_decimals),
            "preferences_url": links.preferences_url,
        }
        lines = [
            pgettext("a letter", "Hello %(name)s,") % {"name": one.name} if one.name else "",
            gettext("some of your points will burn. Until the end of that day you can still pay with them:"),
            *(gettext("%(day)s: %(points)s points") % {"day": day, "points": points} for day, points in rows),
            gettext("Your balance now: %(points)s points.") % {"points": context["balance"]},
            company,
            gettext("What you get from us: %(url)s") % {"url": links.preferences_url},
        ]
        return Mail(
            subject=gettext("Points that burn soon: %(points)s")
            % {"points": _points(said.points, said.point_decimals)},
            text="\n\n".join(line for line in lines if line) + "\n",
            html=render_to_string("programs/burn_warning.html", context),
            language=language,
        )


def _points(minor: int, decimals: int) -> str:
    return f"{from_minor(minor, decimals):f}"
