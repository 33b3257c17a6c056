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


class IdentifierReplaced(Refused):
    code = "identifier_replaced"
    sentence = "This card was replaced by a new one on %(day)s. Ask for the new card, or find the member by phone."


class IdentifierWithdrawn(Refused):
    code = "identifier_withdrawn"
    sentence = "This card was lent and its owner took it back on %(day)s. Ask for the buyer's own card or phone."


class LentToOwner(Refused):
    code = "lent_to_owner"
    sentence = "A card is lent to somebody else than its owner."


class LentAlready(Refused):
    code = "lent_already"
    sentence = "This card is lent already. Take it back first, or issue another one."


class IdentifierEnded(Refused):
    code = "identifier_ended"
    sentence = "This is no longer in use, so it cannot be changed. Open the member's page again."


class CardMistyped(Refused):
    code = "card_mistyped"
    sentence = (
        "A digit of this card number is mistyped: its check digit does not fit. Look at the card and type it again."
    )


class PhoneOfSilentMember(Conflict):
    code = "phone_of_silent_member"
    sentence = "This phone belongs to a member who was last seen on %(day)s. If the number has a new owner, hand it over to them."


class PhoneInUse(Conflict):
    code = "phone_in_use"
    sentence = "Another member already has this phone and was seen lately. Find them by it, or ask for another number."


class HouseholdSamePerson(Refused):
    code = "household_same_person"
    sentence = "A household needs two different people."


class HouseholdTaken(Refused):
    code = "household_taken"
    sentence = "This person is in another household already. Take them out of it first."


class HouseholdNone(Refused):
    code = "household_none"
    sentence = "This person is in no household."


class PageCodeUnsendable(Refused):
    code = "page_code_unsendable"
    sentence = "We have no e-mail of yours to send a code to. Ask in the shop instead."


class PageCodesTooMany(Refused):
    code = "page_codes_too_many"
    sentence = "Several codes were sent already. Wait %(minutes)s minutes before you ask for another one."


class PageLinkUnsendable(Refused):
    code = "page_link_unsendable"
    sentence = "There is no e-mail on file that we may write to. Show the QR code instead, or note an e-mail first."


class PageLinksTooMany(Refused):
    code = "page_links_too_many"
    sentence = "The link was sent several times within %(minutes)s minutes. Look in the mailbox, or try again later."


class TillCodeOld(Refused):
    code = "till_code_old"
    sentence = "This code was shown before yesterday. Let them open their own page anew, or find them by phone."


class PageCodeWrong(Refused):
    code = "page_code_wrong"
    sentence = "This code is not right, or its time is over. Look at the newest mail, or ask for another code."


class PairNotFound(NotFound):
    code = "pair_not_found"
    sentence = "This pair is not proposed any more. Look at the list again."


class PairDecided(Conflict):
    code = "pair_decided"
    sentence = "Somebody has decided about this pair already."


class MergeSamePerson(Refused):
    code = "merge_same_person"
    sentence = "Merging needs two different members of the same kind."


class MergeGone(Conflict):
    code = "merge_gone"
    sentence = "One of the two was merged or erased meanwhile. Look at the list again."


class MergeHouseholds(Refused):
    code = "merge_households"
    sentence = "The two are in different households. Take one of them out first."


class MergeUndone(Conflict):
    code = "merge_undone"
    sentence = "This merge was undone already."


class MergeNotLast(Refused):
    code = "merge_not_last"
    sentence = "The survivor was merged into somebody else later. Undo that merge first."


class CompanyNeeded(Refused):
    code = "company_needed"
    sentence = "Only a company has contact persons, and a contact person is no company."


class ContactTaken(Conflict):
    code = "contact_taken"
    sentence = "This person is a contact of the company already. Change what they do instead."


class ContactGone(Conflict):
    code = "contact_gone"
    sentence = "This person is no longer a contact of the company. Open the company's page again."


class ContactNoRole(Refused):
    code = "contact_no_role"
    sentence = "Say what this person does: tick at least one role."


class ContactNotDeciding(Refused):
    code = "contact_not_deciding"
    sentence = "This person does not decide. Tick “decides” first, if they do."


class CompanyNumberUnreadable(Refused):
    code = "company_number_unreadable"
    sentence = "This is no tax or registration number. Type it as on an invoice: letters and digits, at least four."


class FieldUnknown(Refused):
    code = "field_unknown"
    sentence = "There is no field “%(field)s” that a till may fill in. Look which fields the company has."


class FieldUnreadable(Refused):
    code = "field_unreadable"
    sentence = "This cannot be a value of the field “%(field)s” (%(problem)s). Correct it or leave it out."


class NoticeNotFound(NotFound):
    code = "notice_not_found"
    sentence = "This notice is not there any more. Find the member again."


class NoticeStays(Refused):
    code = "notice_stays"
    sentence = "This notice stays until the office takes it back. There is nothing to tick off."


class NoticeText(Refused):
    code = "notice_text"
    sentence = "Write what the till should say: one line, at most %(most)s characters."


class NoticeDayPast(Refused):
    code = "notice_day_past"
    sentence = "Nobody would see this notice any more. Choose today or a later day, or none."
