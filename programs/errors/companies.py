"""The refusals around companies that buy."""

from loyalty_site.ground.errors import Conflict, Refused


class ContactEnded(Conflict):
    code = "contact_ended"
    sentence = "This person stopped buying for the company just now. Find them again: the receipt will be their own."


class ContactBuysElsewhere(Refused):
    code = "contact_buys_elsewhere"
    sentence = "This person uses another account than their own already. End that first."


class TieTaken(Conflict):
    code = "tie_taken"
    sentence = "This person of ours stands there already."
