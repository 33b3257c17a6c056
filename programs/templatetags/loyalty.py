"""Points and money in templates: minor units in, the reader's form out, left to right in every language."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from programs.queries.figures import money_text, points_text, signed_text

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
