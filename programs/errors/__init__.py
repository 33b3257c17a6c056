"""The refusals of programs: what a till or the back office hears when the answer is no."""

from loyalty_site.ground.errors import Conflict, Invalid, NotFound, Refused, TooMany
from programs.errors.by_hand import (
    AdjustmentDecided as AdjustmentDecided,
)
from programs.errors.by_hand import (
    AdjustmentNothing as AdjustmentNothing,
)
from programs.errors.by_hand import (
    AdjustmentTooMuch as AdjustmentTooMuch,
)
from programs.errors.by_hand import (
    BurningDayPast as BurningDayPast,
)
from programs.errors.by_hand import (
    ListEmpty as ListEmpty,
)
from programs.errors.by_hand import (
    ListTooLong as ListTooLong,
)
from programs.errors.by_hand import (
    ListWrongState as ListWrongState,
)
from programs.errors.by_hand import (
    NotOneHousehold as NotOneHousehold,
)
from programs.errors.by_hand import (
    OtherProgram as OtherProgram,
)
from programs.errors.by_hand import (
    ReinstateTooMuch as ReinstateTooMuch,
)
from programs.errors.by_hand import (
    SameAccount as SameAccount,
)
from programs.errors.by_hand import (
    SecondPersonNeeded as SecondPersonNeeded,
)
from programs.errors.by_hand import (
    SharesAlready as SharesAlready,
)
from programs.errors.by_hand import (
    SharesNothing as SharesNothing,
)
from programs.errors.by_hand import (
    SpendingNotShared as SpendingNotShared,
)
from programs.errors.setting_aside import (
    CouponExpired as CouponExpired,
)
from programs.errors.setting_aside import (
    CouponForeign as CouponForeign,
)
from programs.errors.setting_aside import (
    CouponLimit as CouponLimit,
)
from programs.errors.setting_aside import (
    CouponNeedsMember as CouponNeedsMember,
)
from programs.errors.setting_aside import (
    CouponNotYet as CouponNotYet,
)
from programs.errors.setting_aside import (
    CouponSeriesClosed as CouponSeriesClosed,
)
from programs.errors.setting_aside import (
    CouponsTooMany as CouponsTooMany,
)
from programs.errors.setting_aside import (
    CouponUnknown as CouponUnknown,
)
from programs.errors.setting_aside import (
    CouponUsed as CouponUsed,
)
from programs.errors.setting_aside import (
    CouponUseless as CouponUseless,
)
from programs.errors.setting_aside import (
    CouponWantsMember as CouponWantsMember,
)
from programs.errors.setting_aside import (
    CouponWithdrawn as CouponWithdrawn,
)
from programs.errors.setting_aside import (
    HoldCommitted as HoldCommitted,
)
from programs.errors.setting_aside import (
    HoldEnded as HoldEnded,
)
from programs.errors.setting_aside import (
    HoldNotFound as HoldNotFound,
)
from programs.errors.setting_aside import (
    HoldReleased as HoldReleased,
)
from programs.errors.setting_aside import (
    HoldTooLong as HoldTooLong,
)


class ReceiptExists(Conflict):
    code = "receipt_exists"
    sentence = "Receipt %(receipt)s of register %(register)s was already sold on %(day)s. Nothing was booked again."


class SaleNotFound(NotFound):
    code = "sale_not_found"
    sentence = "This sale was not found in your stores. Check the receipt number and the day."


class IdempotencyKeyMissing(Invalid):
    code = "idempotency_key_missing"
    sentence = "The header Idempotency-Key is missing or is not 16 to 64 printable characters."


class IdempotencyKeyReused(Refused):
    code = "idempotency_key_reused"
    sentence = "This Idempotency-Key was used for another request. Make a new key for a new operation."


class InProgress(Conflict):
    code = "in_progress"
    sentence = "The same request is being worked on. Repeat it in a second."


class MemberRequired(Refused):
    code = "member_required"
    sentence = "To pay with points, find the member first."


class AccountFrozen(Refused):
    code = "account_frozen"
    sentence = "Points of this account cannot be spent for now: the back office has to look at its books. Sell without."


class AccountUnbalanced(Conflict):
    code = "account_unbalanced"
    sentence = "The balance, lots and movements of this account still do not add up. Nothing was changed."


class InsufficientPoints(Refused):
    code = "insufficient_points"
    sentence = "Only %(available)s points can be spent."


class RedemptionBelowMinimum(Refused):
    code = "redemption_below_minimum"
    sentence = "At least %(minimum)s points can be spent at once."


class RedemptionNotInSteps(Refused):
    code = "redemption_not_in_steps"
    sentence = "Points are spent in steps of %(step)s."


class RedemptionAboveShare(Refused):
    code = "redemption_above_share"
    sentence = "Points may pay at most %(percent)s %% of this bill: %(maximum)s points."


class RedemptionAboveMost(Refused):
    code = "redemption_above_most"
    sentence = "At most %(most)s points can be spent on one receipt."


class RewardUnknown(Refused):
    code = "reward_unknown"
    sentence = "This programme has no reward “%(reward)s”. Ask for a quote to see which there are."


class RewardPaysNothing(Refused):
    code = "reward_pays_nothing"
    sentence = "The reward “%(reward)s” would take nothing off this bill. No points were spent."


class RedemptionBlockedByDebt(Refused):
    code = "redemption_blocked_by_debt"
    sentence = (
        "Points were taken back for returned goods; %(debt)s more must be earned before points can be spent again."
    )


class ReturnLineUnknown(Refused):
    code = "return_line_unknown"
    sentence = "The receipt has no line %(line)s."


class ReturnTooMuch(Refused):
    code = "return_too_much"
    sentence = "Of line %(line)s only %(left)s can still be returned."


class ReturnTooLate(Refused):
    code = "return_too_late"
    sentence = "Goods of this sale could be returned until %(last)s. The points stay as they are."


class ReturnNothing(Refused):
    code = "return_nothing"
    sentence = "Name at least one line and quantity to return."


class TimeImplausible(Refused):
    code = "time_implausible"
    sentence = (
        "The time of the receipt is more than %(days)s days old or lies in the future. Check the clock of the till."
    )


class TooFinePoints(Refused):
    code = "too_fine"
    sentence = "%(field)s has more decimals than this programme or currency knows."


class EnrolmentCodeInvalid(Refused):
    code = "enrolment_code_invalid"
    sentence = "This code is wrong, used or too old. Ask the back office for a new one."


class NoActiveProgram(Refused):
    code = "no_active_program"
    sentence = "No programme is running yet. Publish one first."


class ImportWrongState(Conflict):
    code = "import_wrong_state"
    sentence = "This import has moved on in the meantime (it is %(state)s). Open it again and look."


class ImportProgramMissing(Refused):
    code = "import_program_missing"
    sentence = "The file has points and there are several programmes. Say which one they belong to."


class DraftInvalid(Refused):
    code = "draft_invalid"
    sentence = "The programme cannot be published: %(problem)s."


class ConflictDecided(Conflict):
    code = "conflict_decided"
    sentence = "Somebody has decided this already. Open it again and look."


class ConflictChanged(Conflict):
    code = "conflict_changed"
    sentence = "The proposal has changed since you opened it. Look at it again."


class TooManyMisses(TooMany):
    code = "too_many_misses"
    sentence = (
        "This till has searched for too many people who are not there. Search again in %(seconds)s seconds; "
        "whoever was found before can still be sold to."
    )


class FlagDecided(Conflict):
    code = "flag_decided"
    sentence = "Somebody else has decided about this in the meantime. Open it again and look."


class SaleVoided(Conflict):
    code = "sale_voided"
    sentence = "Receipt %(receipt)s was cancelled already."


class VoidTooLate(Refused):
    code = "void_too_late"
    sentence = (
        "Receipt %(receipt)s is of %(day)s. A sale is cancelled on its own day only; take the goods back instead."
    )


class VoidNothing(Refused):
    code = "void_nothing"
    sentence = "Everything on receipt %(receipt)s has come back already."


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


class WebhookAddressRefused(Refused):
    code = "webhook_address_refused"
    sentence = "News is not sent to this address: %(why)s."


class ConsentRequired(Refused):
    code = "consent_required"
    sentence = "Nobody becomes a member without agreeing to it. Ask for the consent to keep their data first."


class MemberExists(Conflict):
    code = "member_exists"
    sentence = (
        "%(name)s is a member with this phone, card, code or e-mail already. Find them instead of enrolling anew."
    )


class ReturnNeedsReceipt(Refused):
    code = "return_needs_receipt"
    sentence = "Goods are taken back with their receipt only."


class ReturnWithoutReceiptLimit(Refused):
    code = "return_without_receipt_limit"
    sentence = "Without a receipt goods are taken back up to %(limit)s %(currency)s."
