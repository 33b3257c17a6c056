"""An import's codes in the words of a shop: what was refused, why, and what to do about it."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from programs.models import ImportRow

FILE_ERRORS = {
    "empty_file": _("The file is empty. Export it again and look whether it has rows."),
    "not_a_table": _("This is not a table of text but another kind of file. Save the list as CSV and upload that."),
    "xlsx_not_supported_yet": _(
        "This is an Excel workbook. Open it and choose “Save as … CSV UTF-8”, then upload the CSV file."
    ),
    "xls_not_supported": _(
        "This is an old Excel workbook. Open it and choose “Save as … CSV UTF-8”, then upload the CSV file."
    ),
    "file_too_large": _("The file is larger than 1 GB. Split it and upload the parts one after the other."),
    "nul_bytes": _("The file is damaged: it holds zero bytes. Export it again."),
    "too_many_columns": _("The table has more than 500 columns. Keep those that matter and upload it again."),
    "no_key_column": _(
        "No column with phones, e-mails, cards or codes was found, so people could not be told apart. "
        "Give that column a heading such as “Phone”."
    ),
    "headings_not_found": _("The headings named in the map are not in the file."),
}
REASONS = {
    "phone_invalid": _("the phone cannot be a real number"),
    "email_unreadable": _("the e-mail address is not one"),
    "email_mixed_scripts": _("the e-mail mixes letters of two alphabets; one of them only looks alike"),
    "card_unreadable": _("the card number cannot be read; a spreadsheet may have cut it"),
    "code_unreadable": _("the code cannot be read"),
    "no_usable_identifier": _("no phone, e-mail, card or code to know the person by"),
    "points_unreadable_or_not_allowed": _("the points cannot be read for certain, or have too many decimals"),
    "erased": _("this person asked to be forgotten; only they can come back, by joining anew"),
    "too_many_cells": _("more cells than headings: a separator inside a text?"),
    "too_few_cells": _("fewer cells than headings"),
    "bad_quotes": _("quotation marks in the wrong place"),
    "unclosed_quote": _("a quotation mark that is never closed"),
    "line_too_long": _("the line is longer than a million letters"),
    "bad_encoding": _("letters that are damaged in the file"),
    "repeated_header": _("the headings again"),
    "more_than_one_phone_in_cell": _("several phones in one cell; the first was taken"),
    "could_be_thousands": _("could also be meant as thousands"),
    "sex_unreadable": _("the sex was not understood and left empty"),
    "birth_date_unreadable": _("the date of birth cannot be read and was left empty"),
    "birth_date_ambiguous": _("day and month (or the century) are not certain; the date of birth was left empty"),
    "birth_date_suspicious": _("the date of birth is long ago; is it a filler?"),
    "joined_on_unreadable": _("the date of joining cannot be read and was left empty"),
    "joined_on_ambiguous": _("day and month are not certain; the date of joining was left empty"),
}
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
    "note": _("note"),
    "sex": _("sex"),
    "region": _("country of the phone"),
    "consent": _("consent (not imported: evidence needed)"),
}
_KINDS = {"phone": _("phone"), "email": _("e-mail"), "card": _("card"), "code": _("code")}


def file_error_in_words(code: str, line: int | None) -> str:
    """A refused file: why, where, and what to do."""
    words = str(FILE_ERRORS.get(code, _("The file cannot be read.")))
    return now_("%(why)s (line %(line)s)") % {"why": words, "line": line} if line else words


def reason_in_words(code: str) -> str:
    """A rejected or warned-about row; pairs of keys are put together here."""
    if code.endswith("_belong_to_different_members"):
        first, _and, second = code.removesuffix("_belong_to_different_members").partition("_and_")
        return now_("the %(first)s is one member's and the %(second)s another's") % {
            "first": _KINDS.get(first, first),
            "second": _KINDS.get(second, second),
        }
    return str(REASONS.get(code, code))


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
    if row.outcome == "update" and changed:
        parts.append(now_("changes: %(fields)s") % {"fields": ", ".join(str(FIELDS[name]) for name in changed)})
    points = (row.values.get("given") or {}).get("points")
    if points and row.outcome in {"update", "unchanged"} and not row.values.get("opening"):
        stored = row.values["state"].get("points")
        if Decimal(points) != Decimal(stored or 0):
            parts.append(now_("the file’s %(points)s points are left out") % {"points": points})
    if row.same_as and row.outcome in {"update", "unchanged"}:
        parts.append(now_("the same person as in line %(line)s") % {"line": row.same_as})
    return "; ".join(parts)
