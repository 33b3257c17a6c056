"""What the pages of a campaign show: the consequences before, the progress while, and the result after."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse

from campaigns.admin.audiences import left_out_in_words, sentences
from campaigns.admin.campaign_words import (
    deed_in_words,
    pace_in_words,
    state_in_words,
    waits_in_words,
)
from campaigns.models import Campaign, Run, RunState, Standing
from campaigns.queries.audiences import AudienceCount, company_frame, count_audience, count_run, criteria_of
from campaigns.queries.runs import RunFigures, is_stuck, pace, run_answers, run_buyers, run_figures
from campaigns.rules.scheduling import local_instant
from members.models import MessageReason, MessageState

OVER = (RunState.DONE, RunState.CANCELLED)
STOPPABLE = (RunState.FREEZING, RunState.RUNNING)


def recipients_url(run: Run, **query: str) -> str:
    """The list of a run's people, filtered."""
    return f"{reverse('admin:campaigns_recipient_changelist')}?{urlencode({'run': run.pk, **query})}"


def review_context(campaign: Campaign, run: Run | None, now: dt.datetime) -> dict[str, Any]:
    """How many people, held out, left out and why, and from when; counted as if it were sent now."""
    document = run.criteria if run else campaign.audience.criteria
    criteria = criteria_of(document)
    frame = company_frame(now)
    due = None
    if run:
        counted, held = count_run(run, criteria, frame)
        if run.send_on and run.send_time:
            due, _shift = local_instant(run.send_on, run.send_time, run.time_zone)
    else:
        # The lot is drawn at the approval; until then its share is as near as one can say.
        counted = count_audience(criteria, frame, channel=campaign.channel, purpose=campaign.template.purpose)
        held = round(counted.reachable * campaign.holdout_percent / 100)
    return {
        "counted": counted,
        "held": held,
        "planned": counted.reachable - held,
        "sentences": sentences(criteria),
        "left_out": _left_out(counted),
        "deed": deed_in_words(counted.reachable - held, now=now, due=due),
    }


def _left_out(counted: AudienceCount) -> list[dict[str, Any]]:
    return left_out_in_words(counted.left_out)


def watch_context(campaign: Campaign, run: Run | None, now: dt.datetime) -> dict[str, Any]:
    """Everything about a run that was started, is held, or is over."""
    if run is None:
        return {"progress": None, "sentences": sentences(criteria_of(campaign.audience.criteria))}
    figures = run_figures(run)
    return {
        "progress": _progress(campaign, run, figures, now),
        "figures": figures,
        "left": figures.waiting + figures.in_hand,
        "sentences": sentences(criteria_of(run.criteria)),
        "rows": _rows(run, figures),
        "left_out": [
            {**one, "url": recipients_url(run, standing=Standing.EXCLUDED.value, reason=one["reason"])}
            for one in left_out_in_words(run.excluded_reasons)
        ],
        "holdout_url": recipients_url(run, standing=Standing.HOLDOUT.value),
        "planned_url": recipients_url(run, standing=Standing.TREAT.value),
        "excluded_url": recipients_url(run, standing=Standing.EXCLUDED.value),
        "is_over": run.state in OVER,
        "is_held": run.state == RunState.HELD,
        "deed": _deed(run, now) if run.state == RunState.HELD else "",
        "is_paused": run.state == RunState.PAUSED,
        "is_moving": run.state in STOPPABLE,
        "is_scheduled": run.state == RunState.SCHEDULED,
        "buyers": run_buyers(run) if run.state in OVER else None,
        "answers": run_answers(run) if run.state in OVER else None,
        "answers_url": reverse("admin:feedback_response_changelist") + f"?survey__id__exact={run.survey_id}",
        "reasons": _reasons(run, figures),
    }


def _deed(run: Run, now: dt.datetime) -> str:
    counted, held = count_run(run, criteria_of(run.criteria), company_frame(now))
    return deed_in_words(counted.reachable - held, now=now, due=None)


def progress(campaign: Campaign, run: Run, now: dt.datetime) -> dict[str, Any]:
    """What the watching page asks every two seconds."""
    return _progress(campaign, run, run_figures(run, with_reasons=False), now)


def _progress(campaign: Campaign, run: Run, figures: RunFigures, now: dt.datetime) -> dict[str, Any]:
    stuck = is_stuck(run)
    speed, left = pace_in_words(pace(run, figures, now)) if run.state == RunState.RUNNING else ("", "")
    return {
        "state": run.state,
        "label": state_in_words(campaign, run),
        "percent": figures.percent if run.frozen_at else 0,
        "ended": intcomma(figures.ended),
        "planned": intcomma(figures.planned),
        "speed": speed,
        "left": left,
        "waits": waits_in_words(run, figures, stuck=stuck),
        "is_stuck": stuck,
        "counts": {name: intcomma(count) for name, count in _counts(figures).items()},
    }


def _counts(figures: RunFigures) -> dict[str, int]:
    return {
        "sent": figures.sent,
        "failed": figures.failed,
        "suppressed": figures.suppressed,
        "unknown": figures.unknown,
        "cancelled": figures.cancelled,
        "waiting": figures.waiting + figures.in_hand,
    }


def _rows(run: Run, figures: RunFigures) -> list[dict[str, Any]]:
    """The counts by how messages ended, each leading to its people."""
    states = {
        "sent": MessageState.SENT,
        "failed": MessageState.FAILED,
        "suppressed": MessageState.SUPPRESSED,
        "unknown": MessageState.UNKNOWN,
        "cancelled": MessageState.CANCELLED,
    }
    counts = _counts(figures)
    return [
        {
            "name": name,
            "words": MessageState(state).label,
            "count": counts[name],
            "url": recipients_url(run, standing=Standing.TREAT.value, message=state.value),
        }
        for name, state in states.items()
    ]


def _reasons(run: Run, figures: RunFigures) -> list[dict[str, Any]]:
    """Why messages failed, stayed unknown or were left out at the last moment."""
    return [
        {
            "state": MessageState(state).label,
            "words": MessageReason(reason).label,
            "count": count,
            "url": recipients_url(run, standing=Standing.TREAT.value, message=state),
        }
        for (state, reason), count in sorted(figures.reasons.items(), key=lambda item: -item[1])
    ]
