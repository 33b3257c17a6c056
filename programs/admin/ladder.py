"""The part of a programme's form that sets the ladder of tiers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LADDER = (
    _("Tiers: how they are reached, kept and lost"),
    {
        "fields": [
            ("ladder_of", "ladder_window", "ladder_length"),
            "ladder_this_sale",
            ("ladder_keeps_months", "ladder_grace_days", "ladder_falls"),
            "tier_warning_days",
        ],
        "description": _(
            "The tiers themselves stand below, each with what it is reached from: money, purchases or points. "
            "Every night, by the programme's clock, everybody is looked at: who reaches more climbs, and who no longer "
            "reaches their tier loses it once its time and the time of grace are over. A tier that is set by hand on a "
            "member's page is the least they stand on."
        ),
    },
)
