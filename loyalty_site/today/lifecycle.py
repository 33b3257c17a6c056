"""The funnel of stages: where the base stands, as the page of its own shows it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse

from loyalty_site.ground.policy import Principal
from programs.admin.base_page import REPORT, Links, funnel_context
from programs.queries.base import funnel
from programs.queries.lifecycle import lifecycle_model
from programs.rules.lifecycle import ModelKind

BASE_PAGE = f"admin:{REPORT}"


def lifecycle_section(principal: Principal, *, now: dt.datetime) -> dict[str, Any] | None:
    """Stages as of the last night; None before the first one."""
    model = lifecycle_model()
    if model.computed_at is None:
        return None
    context = funnel_context(funnel(ModelKind(model.model), now=now), model, Links(principal), now=now)
    return {**context, "computed_at": model.computed_at, "url": reverse(BASE_PAGE)} if context["total"] else None
