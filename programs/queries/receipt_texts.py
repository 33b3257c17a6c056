"""What a receipt may print about points: a few short lines in the member's own language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

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
# Under which name a sentence is told the number that chooses its form.
_FORM = "form"


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
    if told.gift:
        gift = ngettext_lazy(
            "Welcome! You were given %(points)s point.", "Welcome! You were given %(points)s points.", _FORM
        )
        lines.append(_said(gift, version, told.gift))
    if told.redeemed:
        paid = ngettext_lazy("%(points)s point paid %(money)s.", "%(points)s points paid %(money)s.", _FORM)
        lines.append(_said(paid, version, told.redeemed, money=_money(version, told.paid)))
    if told.earned:
        earned = ngettext_lazy("You earned %(points)s point.", "You earned %(points)s points.", _FORM)
        lines.append(_said(earned, version, told.earned))
    if told.given_back:
        given = ngettext_lazy("%(points)s point was given back.", "%(points)s points were given back.", _FORM)
        lines.append(_said(given, version, told.given_back))
    if told.taken_back:
        taken = ngettext_lazy("%(points)s point was taken back.", "%(points)s points were taken back.", _FORM)
        lines.append(_said(taken, version, told.taken_back))
    return lines


def _stands(version: Compiled, told: Told) -> list[str]:
    if told.owed:
        owed = ngettext_lazy(
            "%(points)s more point must be earned before points can pay again.",
            "%(points)s more points must be earned before points can pay again.",
            _FORM,
        )
        return [_said(owed, version, told.owed)]
    worth = round_minor(told.available * version.point_value, "down")
    balance = ngettext_lazy("Balance %(points)s point = %(money)s", "Balance %(points)s points = %(money)s", _FORM)
    return [_said(balance, version, told.available, money=_money(version, worth))]


def _ahead(version: Compiled, told: Told, burns: Sequence[BurnDay]) -> list[str]:
    lines = []
    if burns:
        burn = ngettext_lazy("%(points)s point burns after %(day)s", "%(points)s points burn after %(day)s", _FORM)
        lines.append(_said(burn, version, burns[0].points, day=date_format(burns[0].on, "DATE_FORMAT")))
    if told.ahead is not None:
        lines.append(_next_tier(version, told.ahead))
    reward = None if told.owed else next_reward(version, told.available)
    if reward is not None:
        missing = ngettext_lazy(
            "Only %(points)s more point and they pay %(money)s",
            "Only %(points)s more points and they pay %(money)s",
            _FORM,
        )
        lines.append(_said(missing, version, reward.missing, money=_money(version, reward.worth)))
    return lines


def _next_tier(version: Compiled, ahead: Ahead) -> str:
    if ahead.of == VISITS:
        said = ngettext(
            "Only %(count)s more purchase to %(tier)s", "Only %(count)s more purchases to %(tier)s", ahead.missing
        )
        return said % {"count": ahead.text, "tier": ahead.name}
    if ahead.of == POINTS:
        earn = ngettext_lazy(
            "Only %(points)s more point to earn to %(tier)s", "Only %(points)s more points to earn to %(tier)s", _FORM
        )
        return earn % {_FORM: _form(version, ahead.missing), "points": ahead.text, "tier": ahead.name}
    return _("Only %(money)s more to %(tier)s") % {"money": ahead.text, "tier": ahead.name}


def _said(text: Any, version: Compiled, points: int, **more: str) -> str:
    """A sentence (ngettext_lazy by _FORM) with so many minor points in it."""
    return str(text % {_FORM: _form(version, points), "points": _points(version, points), **more})


def _points(version: Compiled, minor: int) -> str:
    return minor_text(minor, version.point_decimals)


def _form(version: Compiled, minor: int) -> int:
    """By which number a sentence with so many points is put into words. With decimals, 1.00 too, it is never the one of
    one: a number of the form that fractions have in each of our languages."""
    return _FRACTION if version.point_decimals else minor


def _money(version: Compiled, minor: int) -> str:
    return minor_text(minor, version.currency_exponent)
