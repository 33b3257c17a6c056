"""Enrolling, consents, the member's QR code, the camera, returns and cancelling."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

PEOPLE: dict[str, object] = {
    "needs_line": _("For this the server is needed, and it does not answer. Try again when the till is connected."),
    # a new member
    "enrol_title": _("New member"),
    "enrol_offline": _(
        "No connection: you can note the new member. They are enrolled as soon as the till is connected again."
    ),
    "enrol_phone": _("Phone"),
    "enrol_name": _("Name (may be left out)"),
    "enrol_email": _("E-mail (may be left out)"),
    "enrol_language": _("Language"),
    "enrol_more": _("More about them"),
    "enrol_agreed": _("They have said yes"),
    "enrol_read_again": _("These are other words: read them out and ask again."),
    "enrol_phone_wanted": _("Type their phone number, or at least an e-mail address."),
    "enrol_read_first": _("Read the words out. When they say yes, press the space bar, then Enter."),
    "enrol_email_wanted": _("For offers by e-mail type their e-mail address."),
    "enrol_do": _("Make them a member"),
    "enrol_done": _("Welcome, new member"),
    "enrol_kept": _("Noted"),
    "enrol_gift": lambda count: ngettext("point as a welcome gift", "points as a welcome gift", count),
    "enrol_waits": _(
        "The server does not answer. The new member waits in this device and is enrolled as soon as there is a "
        "connection, with the words that were read out now."
    ),
    "enrol_sell": _("On with the sale"),
    "enrol_next": _("Another new member"),
    # the words, and what they allow
    "wording_read_out": _("Read this out:"),
    "wording_none": _(
        "The company has written no words for this yet. Say: we keep your phone number and your purchases for the "
        "loyalty programme. Do you agree?"
    ),
    "wording_none_offers": _("Ask: may we send you offers and news, and how?"),
    "offers_title": _("Offers and news"),
    "offers_stays": _("As it was"),
    "offers_yes": _("Yes"),
    "offers_no": _("No"),
    "channel_email": _("By e-mail"),
    "channel_sms": _("By SMS"),
    "channel_phone": _("By phone call"),
    "wishes_title": _("What they allow"),
    "wishes_agreed": _("They agree that their data are kept"),
    "wishes_data": _("Keeping their data"),
    "wishes_nothing": _("Nothing has changed yet. Choose Yes or No where they have said so."),
    "wishes_do": _("Note it"),
    "wishes_noted": _("Noted"),
    "wishes_kept": _("Kept in this device"),
    "wishes_waits": _("The server does not answer. What they said is sent as soon as there is a connection."),
    # their own page
    "qr_title": _("Their own page"),
    "qr_label": _("QR code of the member's own page"),
    "qr_help": _(
        "They point their phone's camera here: it opens their own page, with points and wishes. Show it to nobody else."
    ),
    "qr_pin": _("Their PIN: let them type it"),
    "qr_show": _("Show the code"),
    # the camera
    "camera_title": _("Hold the code before the camera"),
    "camera_picture": _("The camera's picture"),
    "camera_none": _("This browser cannot read codes. Type the number, or use a scanner."),
    "camera_missing": _("The browser finds no camera. Type the number, or use a scanner."),
    "camera_https": _("The browser gives the camera only to pages with https. Type the number, or use a scanner."),
    "camera_refused": _("The browser gives no picture. Allow the camera for this page, or type the number."),
    # goods that come back
    "return_title": _("Take goods back"),
    "return_own_only": _("No connection: only what this till itself has sold can come back now."),
    "return_number": _("Number of the receipt"),
    "return_number_wanted": _("Type the number on the receipt, or scan it."),
    "return_elsewhere": _("Sold at another register, or the number was given twice"),
    "return_register": _("Register"),
    "return_day": _("Day of the sale"),
    "return_find": _("Find the receipt"),
    "return_scan": _("Scan with the camera"),
    "return_not_ours": _(
        "Without a connection only receipts of this till are known, and this is none of them. Try again when the till "
        "is connected."
    ),
    "return_which": _("What comes back?"),
    "return_void": _("This sale was cancelled: nothing of it can come back."),
    "return_all_back": _("Everything on this receipt has come back already."),
    "return_other": _("Another receipt"),
    "return_left": _("%(left)s of %(quantity)s may come back"),
    "return_less": _("One less: %(name)s"),
    "return_more": _("One more: %(name)s"),
    "return_everything": _("Everything"),
    "return_on": pgettext_lazy("to the next question", "Next"),
    "return_too_much": _("At most %(left)s of this line may come back, with at most three decimals."),
    "return_nothing": _("Say how many pieces come back: type a number, or press the arrow up."),
    "return_sure": _("Take this back?"),
    "return_unasked": _(
        "The server does not answer. The goods cost %(money)s: give back no more than was paid for them in money. What "
        "happens to the points is counted as soon as there is a connection."
    ),
    "return_do": _("Take it back"),
    "return_done": pgettext_lazy("goods", "Taken back"),
    "return_kept": _("Taken back, not sent yet"),
    "return_give": _("Give back"),
    "return_waits": _("The return waits in this device and is sent as soon as there is a connection."),
    "return_sell": _("On to the next sale"),
    "return_print": _("Print"),
    "return_next": _("Another return"),
    "return_paper": _("Return"),
    "return_of": _("Of receipt"),
    "back_money": _("%(money)s goes back in money."),
    "back_points_given": lambda count: ngettext(
        "%(points)s point that had paid for it goes back to the member.",
        "%(points)s points that had paid for it go back to the member.",
        count,
    ),
    "back_points_taken": lambda count: ngettext(
        "%(points)s point that was earned with it is taken back.",
        "%(points)s points that were earned with it are taken back.",
        count,
    ),
    # the last receipts
    "receipts_title": _("Recent receipts"),
    "receipts_own_only": _(
        "No connection: these are the sales this till has kept. Goods can come back; cancelling needs the server."
    ),
    "receipts_empty": _("Nothing has been sold here today or yesterday. What is sold appears here."),
    "receipts_sale": _("Sale"),
    "receipts_return": _("Return"),
    "receipts_void": _("Cancelled"),
    "receipts_take_back": _("Take goods back"),
    "void_do": _("Cancel the sale"),
    "void_keep": _("Keep the sale"),
    "void_sure": _("Cancel the sale %(number)s of %(money)s?"),
    "void_coupons": _("Coupons that were used in it can be used again; coupons that it gave are void."),
    "void_final": _("This cannot be undone."),
    "void_done": _("The sale is cancelled. Give back %(money)s in money."),
    "void_waits": _(
        "The server does not answer. The sale is cancelled as soon as there is a connection; look here again before "
        "you give money back."
    ),
}
