"""The ladder of a programme: as published, or as drafted while nothing is."""

from __future__ import annotations

import datetime as dt

from programs.models import Program, ProgramVersion


def ladder_of(program: Program, *, now: dt.datetime) -> list[tuple[str, str]]:
    """[(key, name)] of the tiers, the lowest first."""
    versions = ProgramVersion.objects.filter(program=program, effective_from__lte=now)
    document = versions.order_by("-effective_from", "-number").values_list("document", flat=True).first()
    if document is None:
        return [(tier.key, tier.name) for tier in program.tiers.order_by("threshold")]
    tiers = sorted(document.get("tiers", []), key=lambda tier: float(tier["threshold"]))
    return [(tier["key"], tier["name"]) for tier in tiers]
