"""The refusals of programs: what a till or the back office hears when the answer is no."""

from loyalty_site.ground.errors import Conflict, Invalid, NotFound, Refused
from programs.errors.by_hand import (
    AdjustmentDecided,
    AdjustmentNothing,
    AdjustmentTooMuch,
    BurningDayPast,
    ListEmpty,
    ListTooLong,
    ListWrongState,
    NotOneHousehold,
    OtherProgram,
    ReinstateTooMuch,
    SameAccount,
    SecondPersonNeeded,
    SharesAlready,
    SharesNothing,
    SpendingNotShared,
)
from programs.errors.companies import ContactBuysElsewhere, ContactEnded, TieTaken
from programs.errors.guarding import (
    CashierOther,
    CashierPinWrong,
    CashierRequired,
    CashierTillTries,
    CashierTries,
    CodeNotSendable,
    CodeOnlyNames,
    CodesTooMany,
    CodeWrong,
    DayLimitReached,
    FlagDecided,
    OwnCard,
    OwnPageNeedsProof,
    PinTooSimple,
    PinTries,
    PinWrong,
    SpendingWaits,
    StepUpRequired,
    TillPageOnly,
    TooManyMisses,
)
from programs.errors.joining import JoinLinkOver, JoinTooMany, JoinWordsChanged
from programs.errors.operations import (
    ConsentRequired,
    MemberExists,
    MergeShared,
    NotTheirOwn,
    ReturnNeedsReceipt,
    ReturnWithoutReceiptLimit,
    SaleVoided,
    VoidNothing,
    VoidTooLate,
)
from programs.errors.setting_aside import (
    CouponExpired,
    CouponForAnybody,
    CouponForeign,
    CouponLimit,
    CouponNeedsMember,
    CouponNotYet,
    CouponSeriesClosed,
    CouponsTooMany,
    CouponUnknown,
    CouponUsed,
    CouponUseless,
    CouponWantsMember,
    CouponWithdrawn,
    GiftNotOffered,
    GiftsTooMany,
    HoldCommitted,
    HoldEnded,
    HoldNotFound,
    HoldReleased,
    HoldTooLong,
)

__all__ = [
    "AccountFrozen",
    "AccountUnbalanced",
    "AdjustmentDecided",
    "AdjustmentNothing",
    "AdjustmentTooMuch",
    "BurningDayPast",
    "CashierOther",
    "CashierPinWrong",
    "CashierRequired",
    "CashierTillTries",
    "CashierTries",
    "CodeNotSendable",
    "CodeOnlyNames",
    "CodeWrong",
    "CodesTooMany",
    "ConflictChanged",
    "ConflictDecided",
    "ConsentRequired",
    "ContactBuysElsewhere",
    "ContactEnded",
    "CouponExpired",
    "CouponForAnybody",
    "CouponForeign",
    "CouponLimit",
    "CouponNeedsMember",
    "CouponNotYet",
    "CouponSeriesClosed",
    "CouponUnknown",
    "CouponUsed",
    "CouponUseless",
    "CouponWantsMember",
    "CouponWithdrawn",
    "CouponsTooMany",
    "DayLimitReached",
    "DraftInvalid",
    "EnrolmentCodeInvalid",
    "FlagDecided",
    "GiftNotOffered",
    "GiftsTooMany",
    "HoldCommitted",
    "HoldEnded",
    "HoldNotFound",
    "HoldReleased",
    "HoldTooLong",
    "IdempotencyKeyMissing",
    "IdempotencyKeyReused",
    "ImportColumnMissing",
    "ImportForgotten",
    "ImportProgramMissing",
    "ImportSeriesMissing",
    "ImportWrongState",
    "InProgress",
    "InsufficientPoints",
    "JoinLinkOver",
    "JoinTooMany",
    "JoinWordsChanged",
    "ListEmpty",
    "ListTooLong",
    "ListWrongState",
    "MemberExists",
    "MemberRequired",
    "MergeShared",
    "NoActiveProgram",
    "NotOneHousehold",
    "NotTheirOwn",
    "OtherProgram",
    "OwnCard",
    "OwnPageNeedsProof",
    "PinTooSimple",
    "PinTries",
    "PinWrong",
    "ReceiptExists",
    "RedemptionAboveMost",
    "RedemptionAboveShare",
    "RedemptionBelowMinimum",
    "RedemptionBlockedByDebt",
    "RedemptionNotInSteps",
    "ReinstateTooMuch",
    "ReturnLineUnknown",
    "ReturnNeedsReceipt",
    "ReturnNothing",
    "ReturnTooLate",
    "ReturnTooMuch",
    "ReturnWithoutReceiptLimit",
    "RewardPaysNothing",
    "RewardUnknown",
    "SaleNotFound",
    "SaleVoided",
    "SameAccount",
    "SecondPersonNeeded",
    "SharesAlready",
    "SharesNothing",
    "SpendingNotShared",
    "SpendingWaits",
    "StepUpRequired",
    "TieTaken",
    "TillPageOnly",
    "TimeImplausible",
    "TooFinePoints",
    "TooManyMisses",
    "VoidNothing",
    "VoidTooLate",
    "WebhookAddressRefused",
]


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


class RewardNotForThis(Refused):
    code = "reward_not_for_this"
    sentence = "The reward “%(reward)s” is not for these goods, or not for this member now. No points were spent."


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


class ImportSeriesMissing(Refused):
    code = "import_series_missing"
    sentence = "Choose the kind of coupon that these codes belong to."


class ImportWrongState(Conflict):
    code = "import_wrong_state"
    sentence = "This import has moved on in the meantime (it is %(state)s). Open it again and look."


class ImportForgotten(Refused):
    code = "import_forgotten"
    sentence = (
        "What this import changed is no longer kept, so it cannot be undone. Correct the people it concerns by hand."
    )


class ImportColumnMissing(Refused):
    code = "import_column_missing"
    sentence = "No column of the file says what each row is about. Choose one of: %(fields)s."


class ImportProgramMissing(Refused):
    code = "import_program_missing"
    sentence = "The file has points and there are several programmes. Say which one they belong to."


class DraftInvalid(Refused):
    code = "draft_invalid"
    sentence = "The programme cannot be published: %(problem)s."


class TierUnknown(Refused):
    code = "tier_unknown"
    sentence = "The programme has no tier %(tier)s. Choose one of those it has now."


class ConflictDecided(Conflict):
    code = "conflict_decided"
    sentence = "Somebody has decided this already. Open it again and look."


class ConflictChanged(Conflict):
    code = "conflict_changed"
    sentence = "The proposal has changed since you opened it. Look at it again."


class WebhookAddressRefused(Refused):
    code = "webhook_address_refused"
    sentence = "News is not sent to this address: %(why)s."
