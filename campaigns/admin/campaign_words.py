"""Campaigns in words: the time with what the clocks do to it, the steps, and what stands between here and there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from campaigns.models import Block, Campaign, CampaignState, PauseReason, Run, RunState
from campaigns.queries.runs import Pace, RunFigures
from campaigns.rules.scheduling import Shift, local_instant

STEPS = [
    (CampaignState.DRAFT, _("Draft")),
    (CampaignState.APPROVED, _("Approved")),
    (CampaignState.SCHEDULED, _("Scheduled")),
    (CampaignState.RUNNING, _("Sending")),
    (CampaignState.DONE, _("Done")),
]
LABELS = {
    CampaignState.DRAFT: "info",
    CampaignState.APPROVED: "warning",
    CampaignState.SCHEDULED: "warning",
    CampaignState.RUNNING: "info",
    CampaignState.DONE: "success",
    CampaignState.CANCELLED: "danger",
}
WAITS: dict[str, Any] = {
    Block.QUIET: _("These are quiet hours. Sending goes on by itself at %(time)s"),
    Block.NO_SERVER: _("No mail server is set up, so nothing can be sent. Ask whoever runs Regulars to set SMTP_URL."),
    Block.NO_SENDER: _(
        "The company has no sender address. Enter it under Settings, Company; sending then goes on by itself."
    ),
    Block.SERVER_DOWN: _("The mail server does not answer, or wants no more for now. It is tried again at %(time)s"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the steps in the line above every page of a campaign."""

    label: Any
    is_now: bool
    is_past: bool


def steps(campaign: Campaign) -> list[Step]:
    """The line of steps; a campaign that is sent at once has no "Scheduled"."""
    shown = [one for one in STEPS if one[0] != CampaignState.SCHEDULED or campaign.send_on]
    order = [state for state, _label in shown]
    at = order.index(CampaignState(campaign.state)) if campaign.state in order else -1
    is_done = campaign.state == CampaignState.DONE
    return [Step(label, number == at, number < at or is_done) for number, (_state, label) in enumerate(shown)]


def when_in_words(day: dt.date | None, time: dt.time | None, zone: str) -> str:
    """At once, or the local day and time with the zone."""
    if day is None or time is None:
        return now_("as soon as you press Send")
    return now_("%(day)s at %(time)s (%(zone)s)") % {
        "day": formats.date_format(day, "DATE_FORMAT"),
        "time": formats.time_format(time, "TIME_FORMAT"),
        "zone": zone,
    }


def shift_in_words(day: dt.date | None, time: dt.time | None, zone: str) -> str:
    """What a changed clock makes of the time (R28); "" on an ordinary day."""
    if day is None or time is None:
        return ""
    instant, shift = local_instant(day, time, zone)
    wall = formats.time_format(instant.astimezone(ZoneInfo(zone)).time(), "TIME_FORMAT")
    context = {"asked": formats.time_format(time, "TIME_FORMAT"), "wall": wall}
    if shift is Shift.GAP:
        return now_("The clocks go forward on that day, so it starts at %(wall)s: %(asked)s does not exist") % context
    if shift is Shift.FOLD:
        return now_("The clocks go back on that day and %(asked)s comes twice: it starts the first time") % context
    return ""


def state_in_words(campaign: Campaign, run: Run | None) -> str:
    """The state, more exactly where a run knows more."""
    if run and campaign.state in {CampaignState.SCHEDULED, CampaignState.RUNNING}:
        return str(RunState(run.state).label)
    return str(CampaignState(campaign.state).label)


def waits_in_words(run: Run, figures: RunFigures | None, *, stuck: bool) -> str:
    """Why nothing moves, and what to do; "" when it does move."""
    if stuck:
        return now_(
            "The work stopped because of an error of ours. Press “Go on”; if it stops again, look under Settings, Jobs."
        )
    if run.state == RunState.PAUSED and run.pause_reason == PauseReason.ERRORS:
        return now_("Paused, because too many messages failed. Look at the reasons below before you go on.")
    time = formats.date_format(timezone.localtime(run.goes_on_at), "TIME_FORMAT") if run.goes_on_at else ""
    if run.blocked:
        return str(WAITS[run.blocked]) % {"time": time}
    if figures and figures.retrying and run.goes_on_at:
        return ngettext(
            "%(count)s message waits to be tried again at %(time)s, as the mail server asked.",
            "%(count)s messages wait to be tried again, the next at %(time)s, as the mail server asked.",
            figures.retrying,
        ) % {"count": formats.localize(figures.retrying), "time": time}
    return ""


def pace_in_words(found: Pace) -> tuple[str, str]:
    """("1,200 a minute", "about 5 minutes left"); "" for what is not known."""
    speed = now_("%(count)s a minute") % {"count": formats.localize(found.per_minute)} if found.per_minute else ""
    left = ""
    if found.seconds_left is not None:
        if found.seconds_left < 90:
            seconds = max(1, found.seconds_left)
            left = ngettext("about %(n)s second left", "about %(n)s seconds left", seconds) % {"n": seconds}
        elif found.seconds_left < 5400:
            minutes = round(found.seconds_left / 60)
            left = ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}
        else:
            hours = round(found.seconds_left / 3600)
            left = ngettext("about %(n)s hour left", "about %(n)s hours left", hours) % {"n": hours}
    return speed, left


def deed_in_words(people: int, *, now: dt.datetime, due: dt.datetime | None) -> str:
    """What the big button does."""
    count = formats.localize(people)
    if due is not None and due > now:
        return ngettext("Schedule for %(count)s person", "Schedule for %(count)s people", people) % {"count": count}
    return ngettext("Send to %(count)s person", "Send to %(count)s people", people) % {"count": count}
