"""The refusals of points changed by people: adjustments, lists, reinstating, households."""

from loyalty_site.ground.errors import Conflict, Refused


class AdjustmentNothing(Refused):
    code = "adjustment_nothing"
    sentence = "Say how many points are to be added or taken."


class AdjustmentTooMuch(Refused):
    code = "adjustment_too_much"
    sentence = "Only %(available)s points can be taken. A balance never goes below zero by hand."


class SecondPersonNeeded(Refused):
    code = "second_person_needed"
    sentence = "You asked for this yourself. Somebody else has to decide it."


class AdjustmentDecided(Conflict):
    code = "adjustment_decided"
    sentence = "This adjustment waits no longer (it is %(state)s). Open it again and look."


class BurningDayPast(Refused):
    code = "burning_day_past"
    sentence = "The points would burn at once. Name a later day."


class ReinstateTooMuch(Refused):
    code = "reinstate_too_much"
    sentence = "Of these points only %(left)s have burnt and were not given back yet."


class ListWrongState(Conflict):
    code = "list_wrong_state"
    sentence = "This list has moved on in the meantime (it is %(state)s). Open it again and look."


class ListEmpty(Refused):
    code = "list_empty"
    sentence = "Nobody on this list was found. Each line needs a phone, card, code or e-mail and the points."


class ListTooLong(Refused):
    code = "list_too_long"
    sentence = "A list has at most %(most)s lines. Cut it into several."


class NotOneHousehold(Refused):
    code = "not_one_household"
    sentence = "Points are moved and shared within one household only. Put both people into one first."


class SameAccount(Refused):
    code = "same_account"
    sentence = "Both use this account already. There is nothing to move or to share."


class OtherProgram(Refused):
    code = "other_program"
    sentence = "Points cannot be moved from one programme to another."


class SharesAlready(Refused):
    code = "shares_already"
    sentence = "This person shares another account already. End that first."


class SharesNothing(Refused):
    code = "shares_nothing"
    sentence = "This person shares no account of somebody else."


class SpendingNotShared(Refused):
    code = "spending_not_shared"
    sentence = "This person earns on a shared account and may not spend from it. Its owner can."
