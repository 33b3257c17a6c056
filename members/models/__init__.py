"""The tables of members."""

from members.models.consents import Channel, Consent, ConsentAction, CurrentConsent, Purpose
from members.models.people import Address, Identifier, IdentifierKind, Member, MemberKind, MemberStatus, Sex

__all__ = [
    "Address",
    "Channel",
    "Consent",
    "ConsentAction",
    "CurrentConsent",
    "Identifier",
    "IdentifierKind",
    "Member",
    "MemberKind",
    "MemberStatus",
    "Purpose",
    "Sex",
]
