"""What a pair of duplicates is told in: reasons, fields, and what an undo could not return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import Language
from members.models import Channel, ProfileField, Purpose, Sex
from members.queries.person import profile_words
from members.rules.duplicates import Reason
from programs.models import Program
from programs.queries.figures import points_text

REASONS = {
    Reason.SAME_KEY: _("the same phone or e-mail, now or before"),
    Reason.SAME_NAME: _("the same name"),
    Reason.SIMILAR_NAME: _("names that are written or sound alike"),
    Reason.SWAPPED_NAME: _("the same names in another order"),
    Reason.SAME_BIRTHDAY: _("the same birthday"),
    Reason.SIMILAR_BIRTHDAY: _("birthdays with a slip of the pen between them"),
    Reason.SAME_ADDRESS: _("the same address"),
    Reason.SIMILAR_ADDRESS: _("a similar address"),
    Reason.OTHER_NAME: _("but a part of the name differs"),
    Reason.OTHER_BIRTHDAY: _("but the birthdays differ"),
    Reason.OTHER_ADDRESS: _("but the addresses differ"),
    Reason.OTHER_SEX: _("but not the same sex"),
}
FIELDS = {
    "name": pgettext_lazy("of a person", "name"),
    "language": _("language"),
    "sex": _("sex"),
    "birthday": _("birthday"),
    "joined_on": _("member since"),
    "note": _("note"),
    "address": _("address"),
    **dict(ProfileField.choices),
}


def reasons_in_words(codes: Iterable[str]) -> str:
    """One line; what speaks against comes last."""
    known = [Reason(code) for code in codes]
    ordered = sorted(known, key=lambda reason: reason.startswith("other_"))
    return ", ".join(str(REASONS[reason]) for reason in ordered)


def value_in_words(field: str, value: Any) -> str:
    """A value of members.services.merging.profile_values as a person reads it; '' of nothing."""
    if not value:
        return ""
    if field == "birthday":
        year, month, day = value
        if year:
            return str(date_format(dt.date(year, month, day), "SHORT_DATE_FORMAT"))
        return str(date_format(dt.date(2000, month, day), "MONTH_DAY_FORMAT"))  # a leap year: 29 February is a day
    if field == "joined_on":
        return str(date_format(value))
    if field == "address":
        return ", ".join(filter(None, [value["street"], value["postcode"], value["city"]]))
    if field == "language":
        return str(Language(value).label)
    if field == "sex":
        return str(Sex(value).label)
    if field in ProfileField.values:
        return profile_words(field, value)
    return str(value)


def consent_in_words(purpose: str, channel: str) -> str:
    """'offers and news, e-mail'."""
    parts = [str(Purpose(purpose).label), str(Channel(channel).label) if channel else ""]
    return ", ".join(filter(None, parts))


def answer_in_words(answer: bool | None) -> str:  # noqa: FBT001  a current consent: yes, no, never asked
    """What somebody said to a consent."""
    if answer is None:
        return pgettext("a consent", "not asked")
    return gettext("yes") if answer else gettext("no")


def left_in_words(left: Iterable[dict[str, Any]]) -> list[str]:
    """What an undo could not return, a sentence each."""
    return [_sentence(row) for row in left]


def _sentence(row: dict[str, Any]) -> str:
    what = row["what"]
    if what == "points":
        program = Program.objects.get(pk=row["program"])
        points = points_text(row["points"], program.point_decimals)
        return gettext("%(points)s points of %(program)s were spent or burnt meanwhile.") % {
            "points": points,
            "program": program,
        }
    if what == "field":
        return gettext("%(field)s was changed since and stays as it is.") % {"field": str(FIELDS[row["field"]])}
    if what == "identifiers":
        text = ngettext(
            "%(n)s phone, card or e-mail belongs to somebody else by now.",
            "%(n)s phones, cards or e-mails belong to somebody else by now.",
            row["count"],
        )
        return text % {"n": row["count"]}
    if what == "household":
        return gettext("The household went on without them and stays as it is.")
    if what == "contact":
        return gettext("A contact person of a company was noted anew meanwhile and stays so.")
    consent = consent_in_words(row["purpose"], row["channel"])
    if what == "consent":
        return gettext("No stays no: %(consent)s is not brought back to yes.") % {"consent": consent}
    return gettext("Refused while they were one, so refused by both: %(consent)s.") % {"consent": consent}
