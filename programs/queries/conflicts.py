"""What offline conflicts say, in words. Each code has one sentence; the stored details fill it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from members.models import IdentifierKind

SENTENCES: dict[str, Any] = {
    "member_unknown": _("Nobody is known by %(shown)s. It was booked without a member."),
    "identifier_blocked": _("%(shown)s is blocked. It was booked without a member and without points."),
    "too_old": _("It was sold on %(day)s, more than %(days)s days before it arrived, so today's rules counted it."),
    "future": _("The till's clock says %(at)s, which is still to come, so today's rules counted it. Check the clock."),
    "number_used": _("Receipt %(receipt)s exists with other content. This one was booked as %(booked)s."),
    "in_history": _(
        "Receipt %(receipt)s is here already as one from before the tills were ours, so it was not booked again and earned nothing. "
        "The correction gives its points."
    ),
    "key_reused": _("The till had used this id for something else. Two tills may share one memory."),
    "charged_differs": _("The customer paid %(charged)s %(currency)s; the rules ask for %(expected)s %(currency)s."),
    "redeem_refused": _(
        "%(points)s points were taken as payment although that was not allowed. None were booked: the store bears it."
    ),
    "redeem_above_cap": _(
        "%(points)s points were taken as payment; offline a member may spend %(cap)s a day, so %(allowed)s were booked."
    ),
    "redeem_uncovered": _("The balance did not have %(missing)s of the %(points)s points spent. The store bears them."),
    "refused": _("It could not be booked for the member (%(why)s), so it was booked without one."),
    "sale_unknown": _("The sale %(receipt)s was not here yet. The return is booked when its sale arrives."),
    "return_refused": _("Goods were taken back although that was not possible (%(why)s). Nothing was booked."),
    "return_too_much": _("More came back than was left of the sale. What was left was booked."),
    "order": _(
        "Receipts came after later ones of the same member. In their order they would have earned other points."
    ),
}


def problem_sentence(code: str, details: Mapping[str, Any]) -> str:
    """The sentence of a code in the active language."""
    values = {key: value for key, value in details.items() if isinstance(value, str | int)}
    if isinstance(values.get("shown"), str):
        values["shown"] = _key_in_words(str(values["shown"]))
    return str(SENTENCES[code]) % values


def _key_in_words(shown: str) -> str:
    """What “card …9999” is in the active language; the end of the number keeps its side among words that run from the right."""
    kind, _space, end = shown.rpartition(" ")
    if kind in IdentifierKind.values:
        kind = str(IdentifierKind(kind).label)
    return f"{kind} \u2066{end}\u2069" if get_language_bidi() else f"{kind} {end}"
