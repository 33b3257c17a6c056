"""The refusals of cancelling, enrolling, and taking goods back without their receipt."""

from loyalty_site.ground.errors import Conflict, Refused


class SaleVoided(Conflict):
    code = "sale_voided"
    sentence = "Receipt %(receipt)s was cancelled already."


class VoidTooLate(Refused):
    code = "void_too_late"
    sentence = (
        "Receipt %(receipt)s is of %(day)s. A sale is cancelled on its own day only; take the goods back instead."
    )


class MergeShared(Refused):
    code = "merge_shared"
    sentence = "Somebody else shares an account with one of the two. End the sharing first."


class VoidNothing(Refused):
    code = "void_nothing"
    sentence = "Everything on receipt %(receipt)s has come back already."


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


class NotTheirOwn(Refused):
    code = "not_their_own"
    sentence = (
        "This card is lent: only its owner says what we may send them. Find the buyer by their own phone or card."
    )
