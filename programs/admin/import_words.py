"""An import's codes in the words of a shop: what was refused, why, and what to do about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from loyalty_site.ground.models import Company
from programs.admin.import_kinds import KINDS, WHOSE, Column, KindWords, words_of
from programs.models import ImportBatch, ImportKind, ImportRow, UndoOutcome
from programs.queries.figures import money_text
from programs.services.importing import reason_in_words

# What a consent in a row would do or did, by verdict; the first two are written, the others are not.
CONSENTS = {
    "raise": _("consent taken in"),
    "lower": _("no noted, for each way that offers come: no more of them"),
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


def deed_in_words(words: KindWords, created: int, changed: int) -> str:
    """What the confirm button does, in its own words."""
    parts = [words.counted_new(created)] if created else []
    if changed:
        parts.append(ngettext("%(number)s changed", "%(number)s changed", changed) % {"number": intcomma(changed)})
    return now_("Apply: %(what)s") % {"what": ", ".join(parts)}


def row_in_words(row: ImportRow, words: KindWords) -> str:
    """What to say of a row besides its values: the reason, the warnings, what it changes."""
    parts = [reason_in_words(code) for code in (row.reason, *row.warnings) if code]
    fields = [str(words.fields[name]) for name in row.changed if name in words.fields]
    if row.outcome == "update" and fields:
        parts.append(now_("changes: %(fields)s") % {"fields": ", ".join(fields)})
    told = dict.fromkeys(one[2] for one in row.values.get("consents", []))
    parts += [str(CONSENTS[verdict]) for verdict in told if verdict in CONSENTS]
    points = (row.values.get("given") or {}).get("points")
    if points and row.outcome in {"update", "unchanged"} and not row.values.get("opening"):
        stored = row.state.get("points")
        if Decimal(points) != Decimal(stored or 0):
            parts.append(now_("the file’s %(points)s points are left out") % {"points": points})
    if row.same_as and row.outcome == "reject":
        parts.append(now_("see line %(line)s") % {"line": row.same_as})
    elif row.same_as:
        said = now_("the receipt of line %(line)s") if words.is_receipts else now_("the same as in line %(line)s")
        parts.append(said % {"line": row.same_as})
    return "; ".join(parts)


def shown_row(row: ImportRow, words: KindWords) -> dict[str, Any]:
    """A row of the preview: its cells in the columns of its kind (none when it was not understood), its words, and the
    page of whom or what it is about, once there is one."""
    state = row.state
    return {
        "row": row,
        "cells": [(column, _cell(row, state, column)) for column in words.columns] if state else [],
        "words": row_in_words(row, words),
        "url": _page_of(row, words),
    }


def _cell(row: ImportRow, state: dict[str, Any], column: Column) -> str:
    if column.field == WHOSE:
        return str(row.member) if row.member else "—"
    return state.get(column.field) or "—"


def kept_row(row: ImportRow, batch: ImportBatch) -> dict[str, Any]:
    """A row that undoing left as it is: whom or what it is about, its page, and why."""
    return {"row": row, "name": name_of(row), "url": _page_of(row, words_of(batch.kind))}


def _page_of(row: ImportRow, words: KindWords) -> str:
    if row.undo == "gone" or (row.undo == UndoOutcome.UNDONE and row.outcome == "create"):
        return ""
    about = row.member_id if words.one == KINDS[ImportKind.CUSTOMERS].one else row.object_id
    return reverse(words.one, args=[about]) if about else ""


def name_of(row: ImportRow) -> str:
    """What a row is about: the person's name (of a receipt with its number), or the thing's own; "—" when that is not
    kept any more."""
    state, keys = row.state, row.values.get("keys") or []
    if row.member:
        return " · ".join(part for part in (state.get("number"), row.member.name) if part)
    return state.get("name") or (keys[0][2] if keys else "—")


def worth_in_words(batch: ImportBatch) -> str:
    """What the receipts of a file come to, sales less returns; "" of other files and where nothing is new."""
    company = Company.objects.first()
    if not batch.totals.get("receipts") or company is None:
        return ""
    return money_text(batch.totals["money"], company.currency, company.currency_exponent)
