"""Points and money in templates: minor units in, the reader's form out, left to right in every language."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from members.models import Identifier
from members.queries.consent_words import way_in_words
from members.services import mask_key
from programs.queries.figures import money_text, points_text, signed_text
from programs.rules import dates

register = template.Library()


@register.filter
def points(minor: int, program: Any) -> SafeString:
    """{{ balance|points:program }}"""
    return format_html('<bdi dir="ltr">{}</bdi>', points_text(minor, program.point_decimals))


@register.filter
def signed_points(minor: int, program: Any) -> SafeString:
    """{{ change|signed_points:program }}: with its plus or minus."""
    return format_html('<bdi dir="ltr">{}</bdi>', signed_text(minor, program.point_decimals))


@register.filter
def money(minor: int, owner: Any) -> SafeString:
    """{{ total|money:program }}; `owner` is a programme or a company: both have a currency and its decimals."""
    return format_html('<bdi dir="ltr">{}</bdi>', money_text(minor, owner.currency, owner.currency_exponent))


@register.filter
def last_day(burns_at: dt.datetime, program: Any) -> dt.date:
    """{{ lot.expires_at|last_day:program|date:"DATE_FORMAT" }}: points burn when their last day is over."""
    return dates.last_day(burns_at, program.time_zone)


@register.filter
def masked_key(key: Identifier) -> str:
    """{{ key|masked_key }}: enough of a phone, card, code or e-mail to tell it from others."""
    # What an erasure leaves in its place.
    return "—" if key.value.startswith("erased ") else mask_key(key.kind, key.value)


@register.filter
def consent_way(method: str) -> str:
    """{{ consent.method|consent_way }}: by which way a consent was given or withdrawn, in words."""
    return way_in_words(method)


@register.filter
def signed(figure: float) -> str:
    """+1.5 or −7.4 with a true minus, as one unit that reads from the left also among words that do not."""
    text = number_format(abs(figure), decimal_pos=1, use_l10n=True)
    sign = "+" if round(figure, 1) > 0 else "−" if round(figure, 1) < 0 else ""
    return f"\u2066{sign}{text}\u2069"
