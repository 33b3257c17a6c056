"""Without a line, and what went wrong: queue, conflicts, clock, storage, server."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

OFFLINE: dict[str, object] = {
    "conflict_member_unknown": _("Nobody is known by what was typed or scanned. It was booked without a member."),
    "conflict_blocked": _("This card or phone is blocked. It was booked without a member and without points."),
    "conflict_member_exists": _("Somebody was a member already when the enrolment arrived. They keep their points."),
    "waiting_title": _("What waits to be sent"),
    "waiting_help": _(
        "It is kept on this device and sent by itself as soon as the server answers. Nothing is sent twice."
    ),
    "nothing_waits": _("Nothing waits. Everything is with the server."),
    "send_now": _("Send now"),
    "will_be_cancelled": _("It will be cancelled as soon as the server answers."),
    "differing_title": _("To look at"),
    "differing_help": _(
        "These were taken in, but not quite as this till had them. The office sees those of receipts under Offline conflicts."
    ),
    "differing_seen": _("Seen, take them away"),
    "kind_sale": _("Sale"),
    "kind_return": _("Return"),
    "kind_void": _("Cancellation"),
    "kind_enrol": _("New member"),
    "kind_wishes": _("Wishes about messages"),
    "kind_notice": _("Notice passed on"),
    "server_gone": lambda count: ngettext(
        "The server does not answer. Go on selling: %(count)s deed is kept here and is sent by itself later.",
        "The server does not answer. Go on selling: %(count)s deeds are kept here and are sent by themselves later.",
        count,
    ),
    "server_busy": _("The server is busy. What waits is sent in a moment."),
    "clock_wrong": lambda count: ngettext(
        "The clock of this device is %(count)s minute wrong. Receipts carry the server's time; set the clock all the same.",
        "The clock of this device is %(count)s minutes wrong. Receipts carry the server's time; set the clock all the same.",
        count,
    ),
    "device_full": lambda count: ngettext(
        "This device is full. %(count)s deed is in this window only: do not close it before that is sent. "
        "Free some space on the device.",
        "This device is full. %(count)s deeds are in this window only: do not close it before they are sent. "
        "Free some space on the device.",
        count,
    ),
}
