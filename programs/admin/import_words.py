"""An import's codes in the words of a shop: what was refused, why, and what to do about it."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from programs.models import ImportRow
from programs.services.importing import reason_in_words

FIELDS = {
    "name": pgettext_lazy("of a person", "name"),
    "first_name": _("first name"),
    "middle_name": _("middle name"),
    "last_name": _("last name"),
    "phone": _("phone"),
    "email": _("e-mail"),
    "card": _("card"),
    "code": _("code"),
    "birth_date": _("date of birth"),
    "points": _("points"),
    "joined_on": _("member since"),
    "city": _("city"),
    "street": _("street and house"),
    "postcode": _("postcode"),
    "language": _("language"),
    "source": _("how they came"),
    "note": _("note"),
    "sex": _("sex"),
    "region": _("country of the phone"),
    "consent": _("consent to offers"),
    "consent_email": _("consent to offers by e-mail"),
    "consent_sms": _("consent to offers by SMS"),
    "consent_phone": _("consent to offers by phone"),
    "consent_processing": _("consent to keeping the data"),
    "consent_date": _("when the consent was given"),
    "consent_source": _("how or where the consent was given"),
    "consent_wording": _("words of the consent, or their version"),
}


# What a consent in a row would do or did, by verdict; the first two are written, the others are not.
CONSENTS = {
    "raise": _("consent taken in"),
    "lower": _("consent ends"),
    "no_source": _("consent left out: nobody said where these consents were collected and by whom"),
    "no_evidence": _("consent left out: the row does not say when and how it was given"),
    "no_channel": _("consent left out: nobody said by which way offers may come"),
    "no_address": _("consent left out: there is no address for it"),
    "opted_out": _("consent left out: this person has said no"),
    "suppressed": _("consent left out: this address must not be written to"),
    "contradicted": _("consent left out: another row or column about this person says no"),
    "older": _("the no is older than the consent this person has given since"),
    "repeated": _("the no of this file was taken in before"),
}


def consents_in_words(totals: dict[str, int]) -> list[tuple[str, int]]:
    """[(what happens, how many)] of a file's consents, what is written first; without those that say what is known."""
    return [(str(words), totals[verdict]) for verdict, words in CONSENTS.items() if totals.get(verdict)]


def deed_in_words(created: int, changed: int) -> str:
    """What the confirm button does, in its own words."""
    parts = []
    if created:
        parts.append(
            ngettext("%(number)s new person", "%(number)s new people", created) % {"number": intcomma(created)}
        )
    if changed:
        parts.append(ngettext("%(number)s changed", "%(number)s changed", changed) % {"number": intcomma(changed)})
    return now_("Apply: %(what)s") % {"what": ", ".join(parts)}


def row_in_words(row: ImportRow) -> str:
    """What to say of a row besides its values: the reason, the warnings, what it changes."""
    parts = [reason_in_words(code) for code in (row.reason, *row.warnings) if code]
    changed = row.values.get("changed") or []
    fields = [str(FIELDS[name]) for name in changed if name in FIELDS]
    if row.outcome == "update" and fields:
        parts.append(now_("changes: %(fields)s") % {"fields": ", ".join(fields)})
    told = dict.fromkeys(one[2] for one in row.values.get("consents", []))
    parts += [str(CONSENTS[verdict]) for verdict in told if verdict in CONSENTS]
    points = (row.values.get("given") or {}).get("points")
    if points and row.outcome in {"update", "unchanged"} and not row.values.get("opening"):
        stored = row.values["state"].get("points")
        if Decimal(points) != Decimal(stored or 0):
            parts.append(now_("the file’s %(points)s points are left out") % {"points": points})
    if row.same_as and row.outcome in {"update", "unchanged"}:
        parts.append(now_("the same person as in line %(line)s") % {"line": row.same_as})
    return "; ".join(parts)
