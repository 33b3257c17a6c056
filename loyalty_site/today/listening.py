"""What members tell us: readiness to recommend, as the page of its own shows it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from feedback.admin.nps_page import nps_context
from programs.queries.company import company_zone

NPS_PAGE = "admin:feedback_survey_nps"


def nps_section(*, now: dt.datetime) -> dict[str, Any] | None:
    """The last 90 days of all surveys; None while there is none. The keys are those of the page itself."""
    context = nps_context({}, now=now, zone=ZoneInfo(company_zone()))
    return {**context, "url": reverse(NPS_PAGE)} if context["has_surveys"] else None
