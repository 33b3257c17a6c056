"""The refusals of programs: what a till or the back office hears when the answer is no."""

from loyalty_site.ground.errors import Conflict, Invalid, NotFound, Refused, TooMany


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


class TooManyMisses(TooMany):
    code = "too_many_misses"
    sentence = (
        "This till has searched for too many people who are not there. Search again in %(seconds)s seconds; "
        "whoever was found before can still be sold to."
    )


class FlagDecided(Conflict):
    code = "flag_decided"
    sentence = "Somebody else has decided about this in the meantime. Open it again and look."
