"""The frame of the page: its title, its bar, and what every screen says."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SHELL: dict[str, object] = {
    "title": _("Till"),
    "back": _("Back"),
    "cancel": _("Cancel"),
    "close": _("Close"),
    "no_answer": _("The server does not answer."),
}
