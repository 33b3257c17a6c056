"""By which way a consent came, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

_WAYS = {
    "admin": _("in the office"),
    "by_phone": _("on the phone"),
    "erasure": _("when they were forgotten"),
    "import": _("with an import"),
    "in_person": _("in the shop"),
    "in_writing": _("in writing"),
    "join": _("on the page for joining"),
    "merge": _("by a merge"),
    "one-click": _("by the button of their mail program"),
    "page": _("on their own page"),
    "terminal": _("at the till"),
}


def way_in_words(method: str) -> str:
    """Of Consent.method, in the reader's language; a way without words of its own is told as it is kept."""
    return str(_WAYS.get(method, method))
