"""The tables of members."""

from members.models.companies import BuyingCompany, CompanyContact, CompanyDetails, ContactRole
from members.models.consents import Channel, Consent, ConsentAction, ConsentEvidence, CurrentConsent, Purpose
from members.models.identity import CardCheck, CardIssuer, IdentityPolicy
from members.models.merges import DuplicateKey, DuplicatePair, DuplicateScan, Merge, PairState
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
    BlockReason,
    EndedAs,
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
    "BlockReason",
    "BuyingCompany",
    "CardCheck",
    "CardIssuer",
    "Channel",
    "CompanyContact",
    "CompanyDetails",
    "Consent",
    "ConsentAction",
    "ConsentEvidence",
    "ContactBudget",
    "ContactRole",
    "CurrentConsent",
    "DuplicateKey",
    "DuplicatePair",
    "DuplicateScan",
    "EndedAs",
    "Identifier",
    "IdentifierKind",
    "IdentityPolicy",
    "Member",
    "MemberKind",
    "MemberStatus",
    "Merge",
    "Message",
    "MessageReason",
    "MessageState",
    "PageCode",
    "PageDeed",
    "PairState",
    "Purpose",
    "Relation",
    "RelationKind",
    "Sex",
    "Suppression",
    "SuppressionReason",
]
