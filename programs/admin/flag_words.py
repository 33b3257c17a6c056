"""What a flag found, as a sentence with its figures."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from programs.models import Flag, FlagKind

# What each pattern means, and what a person should look at.
MEANINGS: dict[str, Any] = {
    FlagKind.OWN_CARD: _("A cashier used a card of their own, or of an account they share. A colleague should ring it up."),
    FlagKind.CONCENTRATION: _("Goods of people without a card may have been rung up on this one. Ask the cashier whose it is."),
    FlagKind.SAME_MINUTE: _("Nobody packs that fast: one purchase may have been put on several cards."),
    FlagKind.CLAIMED_LATER: _("Receipts that others left behind may have been put on this card."),
    FlagKind.SPLIT: _("One purchase may have been split to stay under a threshold or to use an offer several times."),
    FlagKind.RETURN_AFTER_SPEND: _("The points of the goods were spent before the goods came back."),
    FlagKind.PARKING: _("Points may be gathered here to be spent all at once, or to be sold."),
    FlagKind.SWEEP: _("Somebody may have taken the account over. Call the member by the phone they had before."),
    FlagKind.DAY_LIMIT: _("Perhaps a good day; perhaps a shared or stolen card."),
    FlagKind.LOOKUP_MISSES: _("Somebody may be trying out numbers at this till. Look whose shift it was; revoke it if it is nobody's."),
    FlagKind.PIN_TRIES: _("Somebody typed wrong PINs for this member. With a code they can still spend."),
    FlagKind.FROZEN: _("Nothing moves on this account until its books are put right."),
    FlagKind.NO_RECEIPT: _("Goods came back without their receipt. Compare with what the member bought."),
}  # fmt: skip


def meaning(flag: Flag) -> str:
    """What this kind of flag means and what to do, in the active language."""
    return str(MEANINGS.get(flag.kind, ""))


# By kind and the figure that must be there: flags of one kind are raised by the till and by the nightly look.
FINDINGS: dict[tuple[str, str], Any] = {
    (FlagKind.CONCENTRATION, "busy_days"): _(
        "This cashier rang up %(receipts)s of the member's %(member_receipts)s receipts in this store within 30 days; "
        "on %(busy_days)s days three or more."
    ),
    (FlagKind.SAME_MINUTE, "members"): _("%(members)s members in one minute."),
    (FlagKind.CLAIMED_LATER, "receipts"): _(
        "%(receipts)s receipts booked hours after they were rung up, within 30 days."
    ),
    (FlagKind.SPLIT, "days"): _("On %(days)s days three or more receipts within ten minutes."),
    (FlagKind.RETURN_AFTER_SPEND, "returns"): _("%(returns)s returns within 30 days."),
    (FlagKind.PARKING, "receipts"): _(
        "%(receipts)s receipts within 30 days, many times what others earn, and nothing spent."
    ),
    (FlagKind.SWEEP, "share"): _("%(share)s %% of the points were spent within three days of the change."),
    (FlagKind.OWN_CARD, "receipts"): _("Receipts within 30 days: %(receipts)s."),
    (FlagKind.LOOKUP_MISSES, "missed"): _("%(missed)s look-ups in ten minutes found nobody."),
    (FlagKind.NO_RECEIPT, "total"): _("Goods for %(total)s %(currency)s."),
    (FlagKind.PIN_TRIES, "tries"): _("%(tries)s wrong PINs within an hour."),
}


def findings(flag: Flag) -> str:
    """The figures of one flag in words; "" where its kind says everything."""
    details = flag.details
    if flag.kind == FlagKind.DAY_LIMIT and "figure" in details:
        if details["what"] == "receipts":
            return gettext("%(figure)s receipts in one day; the limit is %(limit)s.") % details
        return gettext("%(figure)s points in one day; the limit is %(limit)s.") % details
    template = next((text for (kind, key), text in FINDINGS.items() if kind == flag.kind and key in details), None)
    return str(template) % details if template is not None else ""
