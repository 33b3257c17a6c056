"""What the names in the downloaded data are called for a reader."""

from __future__ import annotations

import datetime as dt
import re

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty_site.ground.models import Language
from members.models import (
    Channel,
    ConsentAction,
    IdentifierKind,
    MemberKind,
    MemberStatus,
    MessageState,
    ProfileField,
    Purpose,
)
from members.queries.consent_words import way_in_words
from programs.models import Bucket, PurchaseKind, TransactionKind

WORDS = {
    "about_you": _("About you"),
    "points_and_purchases": _("Points and purchases"),
    "surveys": _("Surveys"),
    "mailings": _("Mailings"),
    "earlier_records": _("Earlier records of you"),
    "number": _("number"),
    "name": pgettext_lazy("of a person", "name"),
    "kind": _("kind"),
    "status": _("status"),
    "language": _("language"),
    "sex": _("sex"),
    "birthday": _("birthday"),
    "year": _("year"),
    "month": _("month"),
    "day": _("day"),
    "member_since": _("member since"),
    "how_you_came": _("how they came"),
    "note": _("note"),
    **dict(ProfileField.choices),
    "custom_fields": _("custom fields"),
    "identifiers": _("ways to find you"),
    "value": _("value"),
    "since": _("since"),
    "until": _("until"),
    "blocked": _("blocked"),
    "lent_since": _("lent since"),
    "issued_by": pgettext_lazy("a card", "issued by"),
    "cards_of_others_that_you_carry": _("cards of others that you carry"),
    "companies": _("companies whose contact person you are"),
    "company": _("company"),
    "what_you_do_there": _("what you do there"),
    "won_for_us": _("noted as won on"),
    "numbers_of_the_company": _("numbers of the company"),
    "tax_number": _("tax number"),
    "registration_number": _("registration number"),
    "receipts_that_you_presented_for_others": _("receipts that you presented for others"),
    "addresses": _("addresses"),
    "city": _("city"),
    "street": _("street and house"),
    "postcode": _("postcode"),
    "household": _("belongs to a household"),
    "allowed_now": _("what you allow now"),
    "purpose": _("purpose"),
    "channel": _("channel"),
    "allowed": _("allowed"),
    "consents": _("consents"),
    "act": _("act"),
    "at": _("at"),
    "how": _("how"),
    "proof": _("proof"),
    "words": _("words"),
    "messages": _("messages"),
    "links_to_this_page": _("links to the own page that you were given"),
    "state": _("state"),
    "accounts": _("accounts"),
    "programme": _("programme"),
    "tier": _("tier"),
    "spendable": _("spendable"),
    "not_yet_spendable": _("not yet spendable"),
    "held": _("held"),
    "owed": _("owed"),
    "movements": _("movements"),
    "from": pgettext_lazy("a place", "from"),
    "to": pgettext_lazy("a place", "to"),
    "points": _("points"),
    "changed_by_hand": _("changed by hand"),
    "reason": _("reason"),
    "uses_the_account_of_somebody_else": _("uses the account of somebody else"),
    "receipts": _("receipts"),
    "store": _("store"),
    "currency": _("currency"),
    "total": _("total"),
    "points_earned": _("points earned"),
    "points_spent": _("points spent"),
    "lines": _("lines"),
    "sku": _("SKU"),
    "quantity": _("quantity"),
    "amount": _("amount"),
    "coupons": _("coupons"),
    "code": _("code"),
    "issued": _("issued"),
    "uses_left": _("uses left"),
    "imported_rows": _("rows of imported files"),
    "file": _("file"),
    "line": _("line"),
    "cells": _("as in the file"),
    "has_a_pin": _("has a PIN for spending"),
    "invitations": _("invitations"),
    "survey": _("survey"),
    "answered": _("answered"),
    "answers": _("answers"),
    "question": _("question"),
    "version": _("version"),
    "score": _("score"),
    "standing": _("standing"),
    "why_left_out": _("why left out"),
}


def words_of(name: str) -> str:
    """The shop's word for a name in the data; the name itself where the company made it."""
    return str(WORDS.get(name, name))


# Codes that a reader would meet as values, by the name they stand under.
_CODES: dict[str, tuple[type[models.TextChoices], ...]] = {
    "kind": (MemberKind, IdentifierKind, PurchaseKind, TransactionKind),
    "status": (MemberStatus,),
    "state": (MessageState,),
    "purpose": (Purpose,),
    "channel": (Channel,),
    "act": (ConsentAction,),
    "from": (Bucket,),
    "to": (Bucket,),
    "language": (Language,),
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def in_words(name: str, value: str) -> str:
    """A value as a person reads it: days and moments in the form of the language and on the clock that is active, codes
    by their names; whatever is neither stays as it is."""
    if _INSTANT.match(value) and (at := _instant(value)) is not None:
        return date_format(timezone.localtime(at) if at.tzinfo else at, "SHORT_DATETIME_FORMAT")
    if _DAY.fullmatch(value) and (on := _day(value)) is not None:
        return date_format(on, "DATE_FORMAT")
    if name in {"how", "how_you_came"}:
        return way_in_words(value)
    return next((str(kind(value).label) for kind in _CODES.get(name, ()) if value in kind.values), value)


def _instant(value: str) -> dt.datetime | None:
    try:
        return parse_datetime(value)
    except ValueError:  # looks like one and names a day that no calendar has
        return None


def _day(value: str) -> dt.date | None:
    try:
        return parse_date(value)
    except ValueError:
        return None
