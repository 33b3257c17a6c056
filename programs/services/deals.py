"""What the page says to somebody who thinks of joining: the deal as published, and the words they would agree to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import ceil, floor

from django.utils.translation import gettext, ngettext

from loyalty_site.ground.models import ConsentWording
from loyalty_site.ground.rules.money import round_minor
from programs.models import ProgramVersion
from programs.queries.figures import money_text, points_text
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


def version_in_force(*, now: dt.datetime) -> ProgramVersion | None:
    """The version that counts for a sale of this moment; None before the first programme is published."""
    program = active_program()
    if program is None:
        return None
    versions = ProgramVersion.objects.filter(program=program, effective_from__lte=now).select_related("program")
    return versions.order_by("-effective_from", "-number").first()


def coming_versions(*, now: dt.datetime) -> list[ProgramVersion]:
    """Those that are published and count from a later day on, the next one first. Of one moment the last published
    counts, and none that is overtaken before its day."""
    program = active_program()
    if program is None:
        return []
    found: dict[dt.datetime, ProgramVersion] = {}
    for version in ProgramVersion.objects.filter(program=program, effective_from__gt=now).order_by(
        "effective_from", "number"
    ):
        found[version.effective_from] = version
    return list(found.values())


def published_deal(*, now: dt.datetime) -> Deal | None:
    """None before the first programme is published."""
    version = version_in_force(now=now)
    if version is None:
        return None
    return Deal(version.program.name, compiled_version(version.pk), welcome_of(version.pk))


def current_wording(purpose: str, language: str) -> ConsentWording | None:
    """The newest words for `purpose` in `language`, else in any other; None while the company has none."""
    wordings = ConsentWording.objects.filter(purpose=purpose)
    own = wordings.filter(language=language).order_by("-version").first()
    return own or wordings.order_by("-version", "language").first()


def deal_in_words(deal: Deal | None) -> list[str]:
    """What somebody gets, line by line, from the programme as published; empty before the first."""
    if deal is None:
        return []
    version, welcome = deal.version, deal.welcome
    gift, gift_limit = gift_words(version, welcome)
    # The other side of it is said before anybody agrees.
    return [
        *earning_words(version),
        *paying_words(version),
        *gift,
        *gift_limit,
        *burning_words(version),
        *least(version),
    ]


def earning_words(version: Compiled) -> list[str]:
    """What every purchase gives."""
    if not version.rate:
        return []
    # The least money that gives a whole point, and at least one whole coin of the currency.
    per = max(10**version.currency_exponent, ceil(10**version.point_decimals / version.rate))
    points = points_text(floor(per * version.rate), version.point_decimals)
    money = money_text(per, version.currency, version.currency_exponent)
    return [
        gettext("You earn points with every purchase: %(points)s for each %(money)s.")
        % {"points": points, "money": money}
    ]


def paying_words(version: Compiled) -> list[str]:
    """What points are worth on a bill."""
    if not (version.point_value and version.redeem_max_percent):
        return []
    hundred = 100 * 10**version.point_decimals
    worth = money_text(round_minor(hundred * version.point_value, "down"), version.currency, version.currency_exponent)
    return [
        gettext("You pay with them: 100 points are worth %(money)s, for up to %(percent)s %% of a bill.")
        % {"money": worth, "percent": version.redeem_max_percent}
    ]


def gift_words(version: Compiled, welcome: Welcome) -> tuple[list[str], list[str]]:
    """What new members get, and how long it is good for."""
    if not welcome.points:
        return [], []
    gift = gettext("New members are given %(points)s points at once.") % {
        "points": points_text(welcome.points, version.point_decimals)
    }
    if not welcome.days:
        return [gift], []
    text = ngettext(
        "The welcome gift is good for %(days)s day.", "The welcome gift is good for %(days)s days.", welcome.days
    )
    return [gift], [text % {"days": welcome.days}]


def burning_words(version: Compiled) -> list[str]:
    """When points burn."""
    expiry, lines = version.expiry, []
    if expiry.kind == "months" and expiry.months:
        text = ngettext(
            "Points burn %(n)s month after the purchase.", "Points burn %(n)s months after the purchase.", expiry.months
        )
        lines.append(text % {"n": expiry.months})
    elif expiry.kind == "days" and expiry.days:
        text = ngettext(
            "Points burn %(n)s day after the purchase.", "Points burn %(n)s days after the purchase.", expiry.days
        )
        lines.append(text % {"n": expiry.days})
    elif expiry.kind == "year_end":
        lines.append(gettext("Points burn at the end of a year."))
    if version.idle_months:
        text = ngettext(
            "All points burn after %(n)s month without a purchase.",
            "All points burn after %(n)s months without a purchase.",
            version.idle_months,
        )
        lines.append(text % {"n": version.idle_months})
    return lines


def least(version: Compiled) -> list[str]:
    """From how many points on they can be spent."""
    if not version.redeem_minimum:
        return []
    return [
        gettext("You can spend from %(points)s points on.")
        % {"points": points_text(version.redeem_minimum, version.point_decimals)}
    ]
