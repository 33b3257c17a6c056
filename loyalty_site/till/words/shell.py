"""The frame of the page: its bar and menu, making a device a till, who works at it, and its settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

SHELL: dict[str, object] = {
    "title": _("Till"),
    "back": _("Back"),
    "cancel": _("Cancel"),
    "close": _("Close"),
    "no_answer": _("The server does not answer. Look whether this device is connected, then try again."),
    # the bar and the menu
    "menu": _("Menu"),
    "menu_sell": _("Sell"),
    "menu_enrol": _("New member"),
    "menu_receipts": _("Recent receipts"),
    "menu_return": _("Take goods back"),
    "menu_goods": _("Fetch the goods again"),
    "menu_waiting": _("What waits to be sent"),
    "menu_cashier": _("Sign in or out"),
    "menu_settings": _("Settings and language"),
    "line_there": _("Connected"),
    "line_gone": _("No connection"),
    "deeds_wait": lambda count: ngettext("%(count)s waits to be sent", "%(count)s wait to be sent", count),
    "deeds_differ": lambda count: ngettext("%(count)s to look at", "%(count)s to look at", count),
    "nobody_signed_in": _("Nobody is signed in"),
    # making a device a till
    "start_title": _("Make this device a till"),
    "start_help": _(
        "In the back office open Till, Terminals, choose the till, and press “New enrolment code”. "
        "Type the code here; the dashes may be left out."
    ),
    "start_is_till": _("This device is %(till)s already. With another code it becomes the till that the code is for."),
    "enrolment_code": _("Enrolment code"),
    "code_length": lambda count: ngettext(
        "The code has %(count)s letter or digit. Look at it again.",
        "The code has %(count)s letters and digits. Look at it again.",
        count,
    ),
    "enrol_device": _("Make it a till"),
    "cookies_off": _(
        "The code was right, but this browser keeps no cookies. Allow cookies for this address, then ask for a new code."
    ),
    "till_unknown": _(
        "The server does not know this till any more: it was shut out, or another device has taken its place. "
        "Ask the back office for a new code."
    ),
    "till_unknown_waiting": lambda count: ngettext(
        "The server does not know this till any more. %(count)s deed waits in this device and is sent as soon as "
        "a new code makes it a till again.",
        "The server does not know this till any more. %(count)s deeds wait in this device and are sent as soon as "
        "a new code makes it a till again.",
        count,
    ),
    "nothing_kept": _(
        "This device keeps nothing: its storage is full, or the window is a private one. Free some space or open an "
        "ordinary window; until then sell only while there is a connection."
    ),
    # who works at it
    "sign_in_title": _("Sign in at this till"),
    "sign_in_needed": _("In this shop every cashier signs in with their number and PIN."),
    "sign_in_keeps": _("The sale stays as it is and goes on afterwards."),
    "signed_in_is": _("Signed in:"),
    "somebody_else": _("Somebody else takes over"),
    "cashier_number": _("Your number"),
    "cashier_pin": _("Your PIN"),
    "sign_in": _("Sign in"),
    "sign_out": _("Sign out"),
    "sign_in_needs_line": _(
        "Nobody can sign in or out while the server does not answer. Who is signed in stays, and sales are kept here."
    ),
    # settings
    "settings_title": _("Settings"),
    "language": _("Language"),
    "finish_sale_first": _("Finish the sale first, or empty the basket."),
    "this_till": _("This till"),
    "company": _("Company"),
    "store": _("Store"),
    "till_name": _("Till"),
    "register": _("Register"),
    "version": _("Version"),
    "leave_title": _("No till any more"),
    "leave_help": _("Before this device is given away or used for something else."),
    "leave_device": _("Stop being a till"),
    "leave_sure": _("Shall this device stop being a till?"),
    "leave_after": _("To sell on it again, a new code from the back office is needed."),
    "leave_waiting": lambda count: ngettext(
        "%(count)s deed still waits to be sent. Connect this device and wait until it is done.",
        "%(count)s deeds still wait to be sent. Connect this device and wait until they are done.",
        count,
    ),
}
