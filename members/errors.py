"""The refusals of members."""

from loyalty_site.ground.errors import Conflict, NotFound, Refused


class MemberNotFound(NotFound):
    code = "member_not_found"
    sentence = "No member was found. Check the number, or enrol them."


class IdentifierUnreadable(Refused):
    code = "identifier_unreadable"
    sentence = "This does not look like a valid %(kind)s. Check it and type it again."


class IdentifierBlocked(Refused):
    code = "identifier_blocked"
    sentence = "This card is blocked. Find the member by phone instead."


class IdentifierTaken(Conflict):
    code = "identifier_taken"
    sentence = "Another member already has this phone, card, code or e-mail. Find them by it instead of enrolling anew."


class HouseholdSamePerson(Refused):
    code = "household_same_person"
    sentence = "A household needs two different people."


class HouseholdTaken(Refused):
    code = "household_taken"
    sentence = "This person is in another household already. Take them out of it first."


class HouseholdNone(Refused):
    code = "household_none"
    sentence = "This person is in no household."
