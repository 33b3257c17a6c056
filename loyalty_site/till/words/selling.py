"""Finding, the basket, paying and the receipt."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

SELLING: dict[str, object] = {
    # The field and the basket.
    "sell_title": _("Sale"),
    "sell_entry": _("Phone, card, sum or goods"),
    "sell_camera": _("Scan with the camera"),
    "sell_options": _("Goods found"),
    "sell_help": _("Type a phone or scan a card to find a member; type a sum, a name of goods, or scan them to sell."),
    "sell_basket": _("Basket"),
    "sell_other": _("Goods"),
    "sell_put": _("%(name)s, %(money)s, is in the basket."),
    "sell_less": _("One less: %(name)s"),
    "sell_more": _("One more: %(name)s"),
    "sell_remove": _("Take out: %(name)s"),
    "sell_afresh": _("Start afresh"),
    "sell_no_goods": _("This device cannot keep the list of goods. Type sums instead."),
    "sell_no_such_good": _("No goods are called so. Type a part of the name, or a sum."),
    "sell_unusual": _("%(money)s is far more than usual. If it is the sum, press Enter once more."),
    "sell_price_wanted": _("What does %(name)s cost? Type the price."),
    "sell_empty": _("The basket is empty. Type a sum or choose goods first."),
    "sell_found": lambda count: ngettext("%(name)s, %(points)s point.", "%(name)s, %(points)s points.", count),
    "sell_enrol": _("Enrol as a new member"),
    "sell_as_coupon": _("It is a coupon"),
    "sell_coupons": _("Coupons"),
    "sell_claim": lambda count: ngettext(
        "Take %(name)s for %(points)s point", "Take %(name)s for %(points)s points", count
    ),
    "sell_put_gift": _("Put in the gift: %(name)s"),
    "sell_to_pay": _("To pay"),
    "sell_earns": lambda count: ngettext("Earns %(points)s point.", "Earns %(points)s points.", count),
    "sell_reasons": _("Why"),
    "sell_unasked": _("No connection: this is the plain sum. Points are decided when the sale is sent."),
    "sell_pay": _("Pay %(money)s"),
    "sell_pay_nothing": _("Pay"),
    # The hint card.
    "hint_card": _("Member"),
    "hint_nobody": _("No member yet"),
    "hint_nobody_help": _("Ask for a phone or a card. A sale without a member is fine too."),
    "hint_unasked": _("Member not looked up"),
    "hint_unasked_help": _(
        "No answer from the server. What was typed goes with the sale; points are decided when it is sent, and none can "
        "be spent now."
    ),
    "hint_end": _("Not this member"),
    "hint_no_name": _("No name given"),
    "hint_somebody": _("somebody"),
    "hint_lent": _("%(who)s shows the card of %(owner)s, who lent it to them."),
    "hint_for_company": _("%(who)s buys for %(owner)s."),
    "hint_points": _("Points"),
    "hint_worth": _("worth %(money)s"),
    "hint_said": _("Said it"),
    "hint_birthday": _("Birthday this week: congratulate them."),
    "hint_first_visit": _("Their first visit: welcome them."),
    "hint_away_month": _("Not here for a month: welcome them back."),
    "hint_away_quarter": _("Not here for three months: welcome them back."),
    "hint_away_half_year": _("Not here for half a year: welcome them back."),
    "hint_away_year": _("Not here for a year: welcome them back."),
    "hint_ask_offers": _("Nobody has asked them yet whether they want offers and news."),
    "hint_ask": _("Ask now"),
    "hint_wishes": _("Offers and news"),
    "hint_page": _("Their own page"),
    "hint_next_spend": _("%(missing)s more to spend until %(name)s."),
    "hint_next_points": lambda count: ngettext(
        "%(missing)s more point to earn until %(name)s.", "%(missing)s more points to earn until %(name)s.", count
    ),
    "hint_next_visits": lambda count: ngettext(
        "%(count)s more purchase until %(name)s.", "%(count)s more purchases until %(name)s.", count
    ),
    "hint_usual": _("The usual"),
    "hint_offers": _("They can use"),
    "hint_coupon": _("coupon"),
    "hint_coupon_until": _("coupon, until %(day)s"),
    "hint_costs": lambda count: ngettext("%(points)s point", "%(points)s points", count),
    "hint_also": _("Good to know"),
    "hint_burns": lambda count: ngettext(
        "%(points)s point can be spent until %(day)s.", "%(points)s points can be spent until %(day)s.", count
    ),
    # Paying.
    "pay_title": _("To pay"),
    "pay_with_points": _("Pay with points"),
    "pay_points": _("Points"),
    "pay_points_slider": _("Points to spend"),
    "pay_all_points": _("All"),
    "pay_no_points": pgettext_lazy("no points", "None"),
    "pay_points_count": lambda count: ngettext("%(points)s point", "%(points)s points", count),
    "pay_points_help": _("From %(least)s to %(most)s points, in steps of %(step)s."),
    "pay_points_wrong": _("That many points cannot pay. Type 0, or from %(least)s to %(most)s in steps of %(step)s."),
    "pay_points_worth": _("They pay %(money)s."),
    "pay_sell": _("Paid: %(money)s. Book the sale"),
    "pay_back": _("Back to the basket"),
    "pay_sending": _("The sale is being booked."),
    "pay_pin": _("The member's PIN"),
    "pay_code": _("The code that was sent"),
    "pay_send_code": _("Send the member a code"),
    "pay_use_pin": _("Use the PIN"),
    "pay_code_sent": _("A code is on its way to the member. Ask for it and type it."),
    "pay_to_pay": _("The customer pays"),
    "pay_done": _("The sale is booked."),
    "pay_earned": lambda count: ngettext(
        "The member earned %(points)s point.", "The member earned %(points)s points.", count
    ),
    "pay_kept": _(
        "The sale is kept on this device and will be sent as soon as the connection is back. Nothing is lost."
    ),
    "pay_next": _("Next customer"),
    "pay_print": _("Print the receipt"),
    "pay_unknown": _(
        "Nobody knows yet whether the sale was booked. If the customer has paid, keep it: it is counted once, whatever "
        "the server had done. If not, take it back."
    ),
    "pay_unknown_points": _(
        "Nobody knows yet whether the sale was booked, and without the server no points, rewards or coupons can pay. Ask "
        "again, or take it back and sell without them."
    ),
    "pay_unknown_keep": _("It is paid: keep it"),
    "pay_unknown_again": _("Ask the server again"),
    "pay_unknown_back": _("Not sold: take it back"),
    # The printed receipt.
    "print_receipt": _("Receipt"),
    "print_number": _("Receipt no."),
    "print_cashier": _("Cashier:"),
    "print_total": _("Total"),
    "print_paid_with_points": lambda count: ngettext(
        "Paid with %(points)s point", "Paid with %(points)s points", count
    ),
    "print_to_pay": _("To pay"),
    "print_tax": _("Of this, tax at %(rate)s percent"),
    "print_waits": _("Points will be added when the connection is back."),
}
