"""Criteria in the words of the people who use them: as sentences to read, as choices to pick, as problems to mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext

from campaigns.admin.field_words import PROFILE_PHRASES, field_sentence
from campaigns.rules.criteria import (
    CHANNELS,
    Allows,
    Birthday,
    Bought,
    City,
    Contact,
    Criterion,
    InStage,
    Joined,
    Language,
    OwnField,
    Problem,
    Profile,
    Scored,
    Shopped,
    Spent,
    Tier,
    ToWin,
)
from loyalty_site.ground.models import Language as Tongue
from members.models import Channel, ContactRole
from members.rules.custom import Field

# What a row can begin with: (type, fixed parts, the words, the words of its opposite). Whole phrases, because no
# language puts them together as another does.
PHRASES: list[tuple[str, dict[str, str], Any, Any]] = [
    ("city", {}, _("lives in one of these cities"), _("lives in none of these cities")),
    ("tier", {}, _("stands on one of these tiers"), _("stands on none of these tiers")),
    ("stage", {}, _("is in one of these stages"), _("is in none of these stages")),
    (
        "rfm",
        {"score": "recency"},
        _("by the last purchase is in these fifths"),
        _("by the last purchase is not in these fifths, or never bought"),
    ),
    (
        "rfm",
        {"score": "frequency"},
        _("by the number of purchases is in these fifths"),
        _("by the number of purchases is not in these fifths, or never bought"),
    ),
    (
        "rfm",
        {"score": "money"},
        _("by money spent is in these fifths"),
        _("by money spent is not in these fifths, or never bought"),
    ),
    ("bought", {}, _("bought within the last … days"), _("has not bought within the last … days, or never")),
    (
        "shopped",
        {"by": "category"},
        _("has bought something of these categories"),
        _("has bought nothing of these categories"),
    ),
    ("shopped", {"by": "store"}, _("has bought in one of these stores"), _("has bought in none of these stores")),
    ("spent", {"bound": "least"}, _("has spent at least …"), _("has spent less than …")),
    ("spent", {"bound": "most"}, _("has spent at most …"), _("has spent more than …")),
    ("birthday", {}, _("has a birthday within the next … days"), _("has no birthday within the next … days")),
    ("language", {}, _("reads one of these languages"), _("reads none of these languages")),
    ("joined", {}, _("joined within the last … days"), _("did not join within the last … days")),
    *PROFILE_PHRASES,
    ("consent", {}, _("may be reached by …"), _("may not be reached by …")),
    ("contact", {}, _("is at a company and does one of these"), _("does none of these at any company")),
    ("to_win", {}, _("decides at a company and is not won yet"), _("decides at no company, or is won")),
]
# Marked for translation here, put into words where the row is read.
_SCORED = {
    "recency": (
        gettext_noop("are by the last purchase in these fifths of all buyers (5 is the best): %(list)s"),
        gettext_noop("are by the last purchase not in these fifths of all buyers (5 is the best): %(list)s"),
    ),
    "frequency": (
        gettext_noop("are by the number of purchases in these fifths of all buyers (5 is the best): %(list)s"),
        gettext_noop("are by the number of purchases not in these fifths of all buyers (5 is the best): %(list)s"),
    ),
    "money": (
        gettext_noop("are by money spent in these fifths of all buyers (5 is the best): %(list)s"),
        gettext_noop("are by money spent not in these fifths of all buyers (5 is the best): %(list)s"),
    ),
}
PROBLEMS: dict[str, Any] = {
    "not_a_list": _("The rows cannot be read. Load the page again."),
    "not_a_row": _("This row cannot be read. Remove it and add it again."),
    "unknown_type": _("This row is of a kind that is not known here. Remove it."),
    "too_many_rows": _("An audience has at most %(most)s rows."),
    "no_values": _("Choose at least one."),
    "too_many_values": _("Choose at most %(most)s."),
    "bad_value": _("One of these is not among the choices."),
    "bad_days": _("Write a whole number of days from %(least)s to %(most)s."),
    "bad_amount": _("Write an amount of money above 0, such as 100 or 12.50."),
    "bad_bound": _("Say whether it is at least or at most."),
    "bad_channel": _("Choose how."),
    "unknown_field": _("This field is not kept (any more). Remove the row."),
    "bad_score": _("This row cannot be read. Remove it and add it again."),
}


def problem_in_words(problem: Problem) -> str:
    """What is wrong with a row and what to do."""
    return str(PROBLEMS[problem.code]) % problem.context


def sentence(
    one: Criterion,
    *,
    currency: str,
    tiers: Mapping[str, str],
    stages: Mapping[str, str],
    fields: Mapping[str, Field] | None = None,
    shops: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """A row as a sentence about "they". `tiers` and `stages` are {key: name}, `fields` the company's own by code, `shops`
    {"store": {id: name}, "category": {code: name}}."""
    match one:
        case City():
            return _not(
                one, now_("live in one of: %(list)s"), now_("live in none of: %(list)s"), list=_list(one.values)
            )
        case Tier():
            names = _list([tiers.get(key, key) for key in one.values])
            return _not(one, now_("stand on one of: %(list)s"), now_("stand on none of: %(list)s"), list=names)
        case InStage() | Scored() | Contact() | ToWin():
            return _standing(one, stages)
        case Language() | Profile() | OwnField():
            return _told(one, fields or {})
        case Bought():
            return _days(
                one.days,
                ngettext("bought within the last day", "bought within the last %(days)s days", one.days),
                ngettext(
                    "have not bought within the last day, or never",
                    "have not bought within the last %(days)s days, or never",
                    one.days,
                ),
                is_not=one.is_not,
            )
        case Birthday():
            return _days(
                one.days,
                now_("have a birthday today")
                if one.days == 0
                else ngettext(
                    "have a birthday today or tomorrow", "have a birthday within the next %(days)s days", one.days
                ),
                now_("have no birthday today")
                if one.days == 0
                else ngettext(
                    "have no birthday today or tomorrow", "have no birthday within the next %(days)s days", one.days
                ),
                is_not=one.is_not,
            )
        case Joined():
            return _days(
                one.days,
                ngettext("joined within the last day", "joined within the last %(days)s days", one.days),
                ngettext("did not join within the last day", "did not join within the last %(days)s days", one.days),
                is_not=one.is_not,
            )
        case Allows():
            channel = Channel(one.channel).label
            return _not(
                one, now_("may be reached by %(channel)s"), now_("may not be reached by %(channel)s"), channel=channel
            )
        case Spent() | Shopped():
            return _spent(one, currency) if isinstance(one, Spent) else _shopped(one, (shops or {}).get(one.by, {}))


def _standing(one: InStage | Scored | Contact | ToWin, stages: Mapping[str, str]) -> str:
    return _at_company(one) if isinstance(one, Contact | ToWin) else _lifecycle(one, stages)


def _lifecycle(one: InStage | Scored, stages: Mapping[str, str]) -> str:
    if isinstance(one, Scored):
        said, opposite = _SCORED[one.score]
        return _not(one, now_(said), now_(opposite), list=_list(one.values))
    names = _list([stages.get(value, value) for value in one.values])
    return _not(
        one, now_("are in one of the stages: %(list)s"), now_("are in none of the stages: %(list)s"), list=names
    )


def _at_company(one: Contact | ToWin) -> str:
    if isinstance(one, ToWin):
        return (
            now_("decide at no company, or are won") if one.is_not else now_("decide at a company and are not won yet")
        )
    names = _list([str(ContactRole(value).label) for value in one.values])
    return _not(
        one,
        now_("are at a company and do one of: %(list)s"),
        now_("do at no company one of: %(list)s"),
        list=names,
    )


def contact_choices() -> list[tuple[str, Any]]:
    """What contact persons of companies do."""
    return list(ContactRole.choices)


def _told(one: Language | Profile | OwnField, fields: Mapping[str, Field]) -> str:
    if not isinstance(one, Language):
        return field_sentence(one, fields)
    names = _list([language_name(value) for value in one.values])
    return _not(one, now_("read one of: %(list)s"), now_("read none of: %(list)s"), list=names)


def language_name(value: str) -> str:
    """A language by its name; "" is not known."""
    return str(Tongue(value).label) if value else now_("not known")


def channel_choices() -> list[tuple[str, Any]]:
    """The ways of reaching people."""
    return [(value, Channel(value).label) for value in CHANNELS]


def _list(values: Any) -> str:
    return ", ".join(values)


def _not(one: Criterion, said: str, opposite: str, **context: Any) -> str:
    return (opposite if one.is_not else said) % context


def _days(days: int, said: str, opposite: str, *, is_not: bool) -> str:
    return (opposite if is_not else said) % {"days": formats.localize(days)}


def _shopped(one: Shopped, named: Mapping[str, str]) -> str:
    """By what, bought or not, over a period or ever: eight sentences rather than fragments."""
    context: dict[str, Any] = {"list": _list([named.get(value, value) for value in one.values])}
    if one.days is None:
        said = {
            ("category", False): now_("have bought something of: %(list)s"),
            ("category", True): now_("have bought nothing of: %(list)s"),
            ("store", False): now_("have bought in one of: %(list)s"),
            ("store", True): now_("have bought in none of: %(list)s"),
        }
        return said[one.by, one.is_not] % context
    days = one.days
    lately = {
        ("category", False): ngettext(
            "bought something of these within the last day: %(list)s",
            "bought something of these within the last %(days)s days: %(list)s",
            days,
        ),
        ("category", True): ngettext(
            "bought nothing of these within the last day: %(list)s",
            "bought nothing of these within the last %(days)s days: %(list)s",
            days,
        ),
        ("store", False): ngettext(
            "bought in one of these within the last day: %(list)s",
            "bought in one of these within the last %(days)s days: %(list)s",
            days,
        ),
        ("store", True): ngettext(
            "bought in none of these within the last day: %(list)s",
            "bought in none of these within the last %(days)s days: %(list)s",
            days,
        ),
    }
    return lately[one.by, one.is_not] % {**context, "days": formats.localize(days)}


def _spent(one: Spent, currency: str) -> str:
    """Four bounds, over a period or ever: eight sentences rather than fragments."""
    bound = {
        ("least", False): "least",
        ("least", True): "less",
        ("most", False): "most",
        ("most", True): "more",
    }[one.bound, one.is_not]
    context: dict[str, Any] = {"money": f"{formats.number_format(one.amount, force_grouping=True)} {currency}"}
    if one.days is None:
        ever = {
            "least": now_("have spent at least %(money)s in all"),
            "less": now_("have spent less than %(money)s in all"),
            "most": now_("have spent at most %(money)s in all"),
            "more": now_("have spent more than %(money)s in all"),
        }
        return ever[bound] % context
    days = one.days
    lately = {
        "least": ngettext(
            "have spent at least %(money)s in the last day",
            "have spent at least %(money)s in the last %(days)s days",
            days,
        ),
        "less": ngettext(
            "have spent less than %(money)s in the last day",
            "have spent less than %(money)s in the last %(days)s days",
            days,
        ),
        "most": ngettext(
            "have spent at most %(money)s in the last day",
            "have spent at most %(money)s in the last %(days)s days",
            days,
        ),
        "more": ngettext(
            "have spent more than %(money)s in the last day",
            "have spent more than %(money)s in the last %(days)s days",
            days,
        ),
    }
    return lately[bound] % {**context, "days": formats.localize(days)}
