"""What the page says to somebody who thinks of joining: the deal as published, and the words they would agree to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from loyalty_site.ground.models import ConsentWording
from programs.models import ProgramVersion
from programs.queries.today import active_program
from programs.rules.documents import Compiled
from programs.rules.welcome import Welcome
from programs.services.programs import compiled_version, welcome_of


@dataclass(frozen=True, slots=True)
class Deal:
    """The programme as it is published at this moment."""

    name: str
    version: Compiled
    welcome: Welcome


def published_deal(*, now: dt.datetime) -> Deal | None:
    """None before the first programme is published."""
    program = active_program()
    if program is None:
        return None
    versions = ProgramVersion.objects.filter(program=program, effective_from__lte=now)
    version_id = versions.order_by("-effective_from", "-number").values_list("pk", flat=True).first()
    if version_id is None:
        return None
    return Deal(program.name, compiled_version(version_id), welcome_of(version_id))


def current_wording(purpose: str, language: str) -> ConsentWording | None:
    """The newest words for `purpose` in `language`, else in any other; None while the company has none."""
    wordings = ConsentWording.objects.filter(purpose=purpose)
    own = wordings.filter(language=language).order_by("-version").first()
    return own or wordings.order_by("-version", "language").first()
