"""The page "NPS and satisfaction": the score in one sentence with its margin, and everything it rests on."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language_bidi, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from feedback.admin.answers import named
from feedback.admin.filters import BAND_WORDS, answers_url, invitations_url
from feedback.models import Survey, SurveyKind
from feedback.queries.nps import Comment, NpsPoint, asked, latest_comments, nps, nps_trend
from feedback.queries.periods import period
from feedback.rules.nps import ANSWERS_MIN, Band, NpsFigures
from loyalty_site.ground.admin.charts import TEXT, picture_options

DAYS_BY_DEFAULT = 90
DAYS_LONGEST = 1096
WEEKS_UP_TO_DAYS = 100  # shorter periods are shown by week, longer ones by month
# Okabe and Ito's blue and vermilion with a grey between: told apart by every kind of colour vision.
LINE, MARGIN = "#0072B2", "rgba(0, 114, 178, 0.18)"
MINUS = "−"


class NpsForm(forms.Form):
    """Which survey, how far back."""

    survey = forms.ModelChoiceField(
        label=gettext_lazy("Survey"),
        queryset=Survey.objects.filter(kind=SurveyKind.NPS).order_by("-id"),
        required=False,
        empty_label=gettext_lazy("all together"),
        widget=UnfoldAdminSelectWidget,
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Period"),
        choices=[
            (30, gettext_lazy("last 30 days")),
            (DAYS_BY_DEFAULT, gettext_lazy("last 90 days")),
            (365, gettext_lazy("last 12 months")),
            (DAYS_LONGEST, gettext_lazy("last 3 years")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


def signed(figure: float) -> str:
    """+15 or −7 with a true minus, without decimals: a score is never that exact."""
    whole = round(figure)
    text = number_format(abs(whole), decimal_pos=0, use_l10n=True, force_grouping=True)
    return f"+{text}" if whole > 0 else f"{MINUS}{text}" if whole < 0 else text


def placed(figure: float) -> str:
    """The same within a sentence: where words run from the right its sign stays in front of it."""
    text = signed(figure)
    return f"\u2066{text}\u2069" if get_language_bidi() else text


def nps_context(query: Any, *, now: dt.datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The context of templates/feedback/nps.html; `query` is what the form sent, if it did."""
    form = NpsForm(query if "days" in query else {"days": DAYS_BY_DEFAULT, "survey": query.get("survey", "")})
    survey = form.cleaned_data.get("survey") if form.is_valid() else None
    days = form.cleaned_data.get("days") or DAYS_BY_DEFAULT
    last = now.astimezone(zone).date()
    first = last - dt.timedelta(days=days - 1)
    since, until = period(first, last, zone)
    survey_id = survey.pk if survey else None
    figures = nps(survey_id, since, until)
    invited = asked(survey_id, since, until)
    by_week = days <= WEEKS_UP_TO_DAYS
    points = _from_first_answer(nps_trend(survey_id, since, until, zone=zone, by_week=by_week))
    where: dict[str, Any] = {"survey_id": survey_id, "first": first, "last": last}
    is_anonymous = bool(survey and survey.is_anonymous)
    return {
        "form": form,
        "survey": survey,
        "has_surveys": Survey.objects.exists(),
        "first": first,
        "last": last,
        "figures": figures,
        "score": signed(figures.score) if figures.score is not None else "",
        "sentence": sentence(figures),
        "raw": raw_sentence(figures),
        "answers_min": ANSWERS_MIN,
        "is_shielded": is_anonymous and figures.is_too_few,
        "bands": _bands(figures, where),
        "all_url": answers_url(**where, is_machine__exact=0),
        "machine_url": answers_url(**where, is_machine__exact=1),
        "asked": invited,
        "invited_url": invitations_url(**where),
        "rate": _percent(invited.percent) if invited.percent is not None else "",
        "by_week": by_week,
        "rows": _rows(points, survey_id, first, last, by_week=by_week, is_anonymous=is_anonymous),
        # One point is no trend.
        "chart": _chart(points, by_week=by_week) if sum(p.figures.score is not None for p in points) > 1 else "",
        "chart_options": _chart_options(),
        "comments": [_comment(comment) for comment in latest_comments(survey_id, since, until)],
    }


def _from_first_answer(points: list[NpsPoint]) -> list[NpsPoint]:
    """Without the empty spans before anybody was asked; gaps after that stay, since they mean something."""
    start = next((place for place, point in enumerate(points) if point.figures.n or point.figures.machine_count), 0)
    return points[start:]


def sentence(figures: NpsFigures) -> str:
    """What the figures say, and how sure one may be of it."""
    if figures.is_too_few:
        text = ngettext(
            "%(n)s answer is too few to speak of: from %(least)s answers on a score is shown.",
            "%(n)s answers are too few to speak of: from %(least)s answers on a score is shown.",
            figures.n,
        )
        return text % {"n": figures.n, "least": ANSWERS_MIN}
    if figures.margin95 is None:
        text = ngettext(
            "All of the %(n)s answer lies in one band, so nothing can be said about the margin.",
            "All of the %(n)s answers lie in one band, so nothing can be said about the margin.",
            figures.n,
        )
        return text % {"n": _whole(figures.n)}
    assert figures.score is not None
    text = ngettext(
        "Between %(low)s and %(high)s with 95 %% confidence (give or take %(margin)s), from %(n)s answer.",
        "Between %(low)s and %(high)s with 95 %% confidence (give or take %(margin)s), from %(n)s answers.",
        figures.n,
    )
    return text % {
        "low": placed(max(-100.0, figures.score - figures.margin95)),
        "high": placed(min(100.0, figures.score + figures.margin95)),
        "margin": _whole(figures.margin95),
        "n": _whole(figures.n),
    }


def raw_sentence(figures: NpsFigures) -> str:
    """F03: the same in people."""
    return _("In people: %(promoters)s promoters minus %(detractors)s detractors is %(difference)s.") % {
        "promoters": _whole(figures.promoters),
        "detractors": _whole(figures.detractors),
        "difference": placed(figures.difference),
    }


def _whole(figure: float) -> str:
    return number_format(round(figure), decimal_pos=0, use_l10n=True, force_grouping=True)


def _percent(figure: float) -> str:
    decimals = 1 if 0 < figure < 10 else 0
    return _("%(figure)s %%") % {"figure": number_format(round(figure, decimals), decimal_pos=decimals, use_l10n=True)}


def _bands(figures: NpsFigures, where: dict[str, Any]) -> list[dict[str, Any]]:
    """From promoters to detractors, with the place of each in a bar of 100."""
    bands, start = [], 0.0
    for band in (Band.PROMOTER, Band.PASSIVE, Band.DETRACTOR):
        count = figures.count_of(band)
        share = 100 * count / figures.n if figures.n else 0.0
        bands.append(
            {
                "key": str(band),
                "words": BAND_WORDS[band],
                "count": count,
                "percent": _percent(share),
                "start": f"{start:.3f}",
                "width": f"{share:.3f}",
                "url": answers_url(**where, band=str(band)),
            }
        )
        start += share
    return bands


def _rows(
    points: list[NpsPoint],
    survey_id: int | None,
    first: dt.date,
    last: dt.date,
    *,
    by_week: bool,
    is_anonymous: bool,
) -> list[dict[str, Any]]:
    """The trend as a table, newest first. The first and last spans are cut where the period is."""
    rows = []
    for point in reversed(points):
        figures, span = point.figures, (max(point.starts_on, first), min(point.ends_on, last))
        where: dict[str, Any] = {"survey_id": survey_id, "first": span[0], "last": span[1]}
        rows.append(
            {
                "label": _label(point, by_week=by_week),
                "score": signed(figures.score) if figures.score is not None else "",
                "margin": _whole(figures.margin95) if figures.margin95 is not None else "",
                "n": figures.n,
                "url": answers_url(**where, is_machine__exact=0),
                "is_shielded": is_anonymous and figures.is_too_few,
                "counts": [
                    (figures.count_of(band), answers_url(**where, band=str(band)))
                    for band in (Band.PROMOTER, Band.PASSIVE, Band.DETRACTOR)
                ],
            }
        )
    return rows


def _label(point: NpsPoint, *, by_week: bool) -> str:
    return date_format(point.starts_on, "DATE_FORMAT" if by_week else "YEAR_MONTH_FORMAT")


def _chart(points: list[NpsPoint], *, by_week: bool) -> str:
    """Chart.js data: the margin as a band around the line; spans with too few answers are gaps."""

    def edge(point: NpsPoint, sign: int) -> float | None:
        figures = point.figures
        if figures.score is None:
            return None
        return max(-100.0, min(100.0, figures.score + sign * (figures.margin95 or 0.0)))

    labels = [date_format(point.starts_on, "j M" if by_week else "M Y") for point in points]
    plain = {"pointRadius": 0, "pointHitRadius": 0, "borderWidth": 0, "backgroundColor": MARGIN, "spanGaps": False}
    return json.dumps(
        {
            "labels": labels,
            "datasets": [
                {
                    "label": _("score"),
                    "data": [point.figures.score for point in points],
                    "borderColor": LINE,
                    "backgroundColor": LINE,
                    "borderWidth": 2,
                    "pointRadius": 4,
                    "spanGaps": False,
                },
                {
                    **plain,
                    "label": _("upper end of the margin"),
                    "data": [edge(point, +1) for point in points],
                    "fill": "+1",
                },
                {**plain, "label": _("lower end of the margin"), "data": [edge(point, -1) for point in points]},
            ],
        }
    )


def _chart_options() -> str:
    return picture_options(
        legend={"display": False},
        x={},
        y={"min": -100, "max": 100, "ticks": {"color": TEXT, "stepSize": 50}},
        # Chart.js forgets that a mirrored axis has its last label at the left.
        layout={"padding": {"left": 24 if get_language_bidi() else 0}},
    )


def _comment(comment: Comment) -> dict[str, Any]:
    response = comment.response
    return {
        "text": comment.text,
        "score": response.score,
        "who": named(response),
        "at": response.first_answered_at,
        "survey": response.survey,
        "url": reverse("admin:feedback_response_change", args=[response.pk]),
    }
