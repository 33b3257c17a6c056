"""The tables of members."""

from members.models.consents import Channel, Consent, ConsentAction, CurrentConsent, Purpose
from members.models.messages import (
    IN_HAND_STATES,
    REACHED_STATES,
    WAITING_STATES,
    ContactBudget,
    Message,
    MessageReason,
    MessageState,
    Suppression,
    SuppressionReason,
)
from members.models.own_page import PageCode, PageDeed
from members.models.people import (
    Address,
    Identifier,
    IdentifierKind,
    Member,
    MemberKind,
    MemberStatus,
    Relation,
    RelationKind,
    Sex,
)

__all__ = [
    "IN_HAND_STATES",
    "REACHED_STATES",
    "WAITING_STATES",
    "Address",
    "Channel",
    "Consent",
    "ConsentAction",
    "ContactBudget",
    "CurrentConsent",
    "Identifier",
    "IdentifierKind",
    "Member",
    "MemberKind",
    "MemberStatus",
    "Message",
    "MessageReason",
    "MessageState",
    "PageCode",
    "PageDeed",
    "Purpose",
    "Relation",
    "RelationKind",
    "Sex",
    "Suppression",
    "SuppressionReason",
]
