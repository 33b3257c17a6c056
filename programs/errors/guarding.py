"""The refusals that guard the points: cashiers, limits, and spendings to be confirmed."""

from loyalty_site.ground.errors import Conflict, Refused, TooMany


class TooManyMisses(TooMany):
    code = "too_many_misses"
    sentence = (
        "This till has searched for too many people who are not there. Search again in %(seconds)s seconds; "
        "whoever was found before can still be sold to."
    )


class FlagDecided(Conflict):
    code = "flag_decided"
    sentence = "Somebody else has decided about this in the meantime. Open it again and look."


class TillPageOnly(Refused):
    code = "till_page_only"
    sentence = "Only the till page can do this. Open it at its own address, which ends in /till/, and try again."


class CashierRequired(Refused):
    code = "cashier_required"
    sentence = "Sign in at this till first, with your number and PIN."


class CashierOther(Refused):
    code = "cashier_other"
    sentence = "Cashier %(signed_in)s is signed in at this till. Sign in yourself first."


class CashierPinWrong(Refused):
    code = "cashier_pin_wrong"
    sentence = "The number or the PIN is wrong. A manager sets PINs in the back office, under Till, Cashiers."


class CashierTries(Refused):
    code = "cashier_tries"
    sentence = "Too many wrong PINs. Wait %(minutes)s minutes, then try again."


class CashierTillTries(Refused):
    code = "cashier_till_tries"
    sentence = (
        "Too many wrong numbers or PINs at this till. Sign in again in %(minutes)s minutes, or have a manager set a new "
        "PIN in the back office, under Till, Cashiers."
    )


class OwnCard(Refused):
    code = "own_card"
    sentence = (
        "Cashiers cannot give points to an account of their own, or spend from it. Ask a colleague to ring it up."
    )


class DayLimitReached(Refused):
    code = "day_limit_reached"
    sentence = "At most %(limit)s points can be spent in a day. Today %(left)s can still be spent."


class StepUpRequired(Refused):
    code = "step_up_required"
    sentence = "To spend these points, the member confirms it with their PIN or with a code that is sent to them."


class OwnPageNeedsProof(Refused):
    code = "own_page_needs_proof"
    sentence = (
        "A number or an e-mail only says who is meant. To open their own page, ask for the card or the member's PIN."
    )


class CodeOnlyNames(Refused):
    code = "code_only_names"
    sentence = "Digits that a member chose only say who it is. To pay with points, ask for the phone number, the card or a PIN."


class SpendingWaits(Refused):
    code = "spending_waits"
    sentence = (
        "The member's phone or e-mail was changed less than %(hours)s hours ago and they have no PIN. "
        "Points can be spent when that time has passed."
    )


class PinWrong(Refused):
    code = "pin_wrong"
    sentence = "This PIN is wrong. Let the member type it again."


class PinTries(Refused):
    code = "pin_tries"
    sentence = "Too many wrong PINs. Use a code that is sent to the member, or wait %(minutes)s minutes."


class CodeWrong(Refused):
    code = "code_wrong"
    sentence = "This code is wrong, used, too old or for fewer points. Type it again, or have a new one sent."


class CodeNotSendable(Refused):
    code = "code_not_sendable"
    sentence = (
        "No code can be sent: the member has no e-mail that has been known long enough. The PIN works without one."
    )


class CodesTooMany(Refused):
    code = "codes_too_many"
    sentence = "Too many codes were sent to this member. Wait %(minutes)s minutes."


class PinTooSimple(Refused):
    code = "pin_too_simple"
    sentence = "Choose another PIN: 4 to 8 digits, not all the same and not in a row."
