"""What the fields of a template say of many members: loaded in a few statements, and only what is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.utils import translation

from campaigns.rules.templates import Value, fields_known, first_name_of
from campaigns.rules.templates.fields import LIST_MAX
from campaigns.rules.templates.figures import date_text, money_text
from loyalty_site.ground.models import Company
from loyalty_site.ground.rules.money import from_minor
from members.models import Member, MemberKind
from programs.models import Store
from programs.queries.climbing import Ahead
from programs.queries.standings import (
    MemberStanding,
    NextBurn,
    Standings,
    last_visits_of,
    next_burns_of,
    standings_of,
)
from programs.queries.tier_words import missing_words
from programs.rules.windows import SPEND


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a mail is for. `language` is the one the mail is written in."""

    member_id: int
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a chunk of a mailing needs to know, as loaded; `values_of` puts it into a reader's words."""

    used: frozenset[str]
    people: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # member -> (kind, city)
    standings: Standings = field(default_factory=Standings)
    burns: Mapping[int, NextBurn] = field(default_factory=dict)  # by account
    visits: Mapping[int, dt.date] = field(default_factory=dict)
    today: dt.date = dt.date.min  # on the programme's clock
    stores: Sequence[str] = ()

    def values_of(self, reader: Reader) -> dict[str, Value]:
        """{field: value} of one reader, of the fields that are used and known."""
        language = reader.language
        kind, city = self.people.get(reader.member_id, ("", ""))
        found: dict[str, Value] = {"language": language, "name": reader.name or None, "city": city or None}
        if "first_name" in self.used:
            found["first_name"] = first_name_of(reader.name, is_company=kind == MemberKind.COMPANY) or None
        standing = self.standings.of(reader.member_id)
        if standing:
            found |= self._of_account(standing, language)
        visited = self.visits.get(reader.member_id)
        if visited:
            found["last_visit_on"] = date_text(visited, language)
        found["stores"] = list(self.stores)
        return {name: value for name, value in found.items() if name in self.used}

    def _of_account(self, standing: MemberStanding, language: str) -> dict[str, Value]:
        counts, used = self.standings, self.used
        found: dict[str, Value] = {
            "tier": standing.tier or None,
            "next_tier": standing.ahead.name if standing.ahead else None,
        }
        if "points" in used:
            found["points"] = _points(standing.available, counts.point_decimals)
        if "points_worth" in used:
            found["points_worth"] = money_text(standing.worth, counts.currency, counts.currency_exponent, language)
        if "next_tier_missing" in used and standing.ahead:
            found["next_tier_missing"] = _missing(standing.ahead, counts, language)
        burning = self.burns.get(standing.account_id)
        if burning:
            found["points_burning"] = _points(burning.points, counts.point_decimals)
            found["burning_in_days"] = (burning.last_day - self.today).days
            found["burning_on"] = date_text(burning.last_day, language)
        return found


def _missing(ahead: Ahead, counts: Standings, language: str) -> str:
    """Money as letters write it; points and purchases with their word."""
    if ahead.of == SPEND:
        return money_text(ahead.missing, counts.currency, counts.currency_exponent, language)
    with translation.override(language):
        return missing_words(ahead, counts.currency)


def _points(minor: int, decimals: int) -> Value:
    """A number, so that a template can compare it; written in the reader's language by the renderer."""
    return from_minor(minor, decimals) if decimals else minor


def load_facts(member_ids: Sequence[int], *, used: frozenset[str], now: dt.datetime) -> Facts:
    """Facts of the members for the fields in `used`: at most seven statements, whatever the number of members."""
    known = fields_known()
    sources = {known[name].source for name in used if name in known}
    people: dict[int, tuple[str, str]] = {}
    if "address" in sources or "first_name" in used:
        rows = Member.objects.filter(pk__in=member_ids).values_list("pk", "kind", "addresses__city")
        people = {pk: (kind, city or "") for pk, kind, city in rows}
    standings = standings_of(member_ids, now=now) if sources & {"account", "burning"} else Standings()
    burns: dict[int, NextBurn] = {}
    if "burning" in sources:
        accounts = [standing.account_id for standing in (standings.by_member or {}).values()]
        burns = next_burns_of(accounts, now=now, zone=standings.time_zone)
    visits: dict[int, dt.date] = {}
    if "visits" in sources:
        zone = Company.objects.values_list("time_zone", flat=True).first() or "UTC"
        visits = last_visits_of(member_ids, zone=zone)
    stores: list[str] = []
    if "stores" in sources:
        stores = list(Store.objects.filter(is_open=True).order_by("name").values_list("name", flat=True)[:LIST_MAX])
    today = now.astimezone(ZoneInfo(standings.time_zone)).date()
    return Facts(used, people, standings, burns, visits, today, stores)
