"""What a receipt may print about points: a few short lines in the member's own language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty_site.ground.rules.money import minor_text, round_minor
from programs.queries.burning import BurnDay
from programs.queries.climbing import Ahead
from programs.queries.reasons import benefit_sentence, stamps_sentence
from programs.rules.basket import Benefit
from programs.rules.benefits import Message, Stamps
from programs.rules.documents import Compiled
from programs.rules.stamps import StampsHeld
from programs.rules.windows import POINTS, VISITS

MOST = 5
_FRACTION = 3


@dataclass(frozen=True, slots=True)
class NextReward:
    """What is still missing until points can pay: minor points, and the minor money that they pay then."""

    missing: int
    worth: int


@dataclass(frozen=True, slots=True)
class Told:
    """The figures of one answer, in minor units of the version; 0 is not spoken of."""

    earned: int = 0
    redeemed: int = 0
    paid: int = 0
    gift: int = 0
    taken_back: int = 0
    given_back: int = 0
    available: int = 0
    ahead: Ahead | None = None  # the next tier
    owed: int = 0
    benefits: tuple[Benefit, ...] = ()
    stamps: tuple[StampsHeld, ...] = ()


def next_reward(version: Compiled, available: int) -> NextReward | None:
    """None when points can pay already (or pay nothing)."""
    least = max(version.redeem_minimum, version.redeem_step)
    if version.point_value == 0 or available >= least:
        return None
    return NextReward(least - available, round_minor(least * version.point_value, "down"))


def receipt_texts(language: str, version: Compiled, told: Told, burns: Sequence[BurnDay] = ()) -> list[str]:
    """Up to MOST lines, the most important first; in `language`, or in the active one when the member's is unknown."""
    with translation.override(language or translation.get_language()):
        happened, stands = [*_given(told), *_happened(version, told)], _stands(version, told)
        stamps = [stamps_sentence(one) for one in told.stamps]
        return [*happened, *stands, *stamps, *_ahead(version, told, burns)][:MOST]


def _given(told: Told) -> list[str]:
    """What the receipt brings besides points, but what only the cashier is told and stamps, which stand below."""
    silent = (Message.type, Stamps.type)
    return [benefit_sentence(one) for one in told.benefits if one.kind not in silent]


def _happened(version: Compiled, told: Told) -> list[str]:
    lines = []

    def say(text: str, points: int, **more: str) -> None:
        lines.append(text % {"points": _points(version, points), **more})

    if told.gift:
        form = _form(version, told.gift)
        say(
            ngettext("Welcome! You were given %(points)s point.", "Welcome! You were given %(points)s points.", form),
            told.gift,
        )
    if told.redeemed:
        form = _form(version, told.redeemed)
        said = ngettext("%(points)s point paid %(money)s.", "%(points)s points paid %(money)s.", form)
        say(said, told.redeemed, money=_money(version, told.paid))
    if told.earned:
        form = _form(version, told.earned)
        say(ngettext("You earned %(points)s point.", "You earned %(points)s points.", form), told.earned)
    if told.given_back:
        form = _form(version, told.given_back)
        said = ngettext("%(points)s point was given back.", "%(points)s points were given back.", form)
        say(said, told.given_back)
    if told.taken_back:
        form = _form(version, told.taken_back)
        said = ngettext("%(points)s point was taken back.", "%(points)s points were taken back.", form)
        say(said, told.taken_back)
    return lines


def _stands(version: Compiled, told: Told) -> list[str]:
    if told.owed:
        said = ngettext(
            "%(points)s more point must be earned before points can pay again.",
            "%(points)s more points must be earned before points can pay again.",
            _form(version, told.owed),
        )
        return [said % {"points": _points(version, told.owed)}]
    worth = round_minor(told.available * version.point_value, "down")
    said = ngettext(
        "Balance %(points)s point = %(money)s",
        "Balance %(points)s points = %(money)s",
        _form(version, told.available),
    )
    return [said % {"points": _points(version, told.available), "money": _money(version, worth)}]


def _ahead(version: Compiled, told: Told, burns: Sequence[BurnDay]) -> list[str]:
    lines = []
    if burns:
        said = ngettext(
            "%(points)s point burns after %(day)s",
            "%(points)s points burn after %(day)s",
            _form(version, burns[0].points),
        )
        day = date_format(burns[0].on, "DATE_FORMAT")
        lines.append(said % {"points": _points(version, burns[0].points), "day": day})
    if told.ahead is not None:
        lines.append(_next_tier(version, told.ahead))
    reward = None if told.owed else next_reward(version, told.available)
    if reward is not None:
        said = ngettext(
            "Only %(points)s more point and they pay %(money)s",
            "Only %(points)s more points and they pay %(money)s",
            _form(version, reward.missing),
        )
        lines.append(said % {"points": _points(version, reward.missing), "money": _money(version, reward.worth)})
    return lines


def _next_tier(version: Compiled, ahead: Ahead) -> str:
    if ahead.of == VISITS:
        said = ngettext(
            "Only %(count)s more purchase to %(tier)s", "Only %(count)s more purchases to %(tier)s", ahead.missing
        )
        return said % {"count": ahead.text, "tier": ahead.name}
    if ahead.of == POINTS:
        said = ngettext(
            "Only %(points)s more point to earn to %(tier)s",
            "Only %(points)s more points to earn to %(tier)s",
            _form(version, ahead.missing),
        )
        return said % {"points": ahead.text, "tier": ahead.name}
    return _("Only %(money)s more to %(tier)s") % {"money": ahead.text, "tier": ahead.name}


def _points(version: Compiled, minor: int) -> str:
    return minor_text(minor, version.point_decimals)


def _form(version: Compiled, minor: int) -> int:
    """By which number a sentence with so many points is put into words. With decimals, 1.00 too, it is never the one of
    one: a number of the form that fractions have in each of our languages."""
    return _FRACTION if version.point_decimals else minor


def _money(version: Compiled, minor: int) -> str:
    return minor_text(minor, version.currency_exponent)
