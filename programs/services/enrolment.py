"""Enrolling at the till: a phone (or card, code, e-mail) and a consent are enough; the account and the gift come at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from loyalty_site.ground.models import ConsentWording
from loyalty_site.ground.services.transactions import joined_transaction
from members.errors import IdentifierTaken
from members.models import Channel, ConsentAction, Member, Purpose
from members.queries.identifiers import find_identifier
from members.services import enrol_member, mask_name, read_identifier, record_consent, set_language
from programs.errors import ConsentRequired, MemberExists
from programs.models import TransactionKind
from programs.queries.burning import BurnDay, burn_calendar
from programs.queries.shoppers import MemberKey, Shopper, find_shopper
from programs.rules.documents import Compiled
from programs.services import ledger
from programs.services.accounts import open_accounts
from programs.services.lookups import allow_lookup
from programs.services.programs import compiled_version, welcome_of
from programs.services.tills import Till

SOURCE = "terminal"


@dataclass(frozen=True, slots=True)
class EnrolOrder:
    """A new member as the till sends them. `keys` are (kind, as typed); `consents` are (purpose, channel or "")."""

    till: Till
    keys: tuple[tuple[str, str], ...]
    consents: tuple[tuple[str, str], ...]
    region: str
    name: str = ""
    language: str = ""
    cashier_number: str = ""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The new member with their account in the running programme, if one runs. `gift` in minor points."""

    shopper: Shopper
    version: Compiled | None
    account: ledger.Locked | None
    gift: int
    burns: tuple[BurnDay, ...]


def enrol_at_till(order: EnrolOrder, *, now: dt.datetime) -> Enrolled:
    """Make somebody a member, note what they agreed to with the till as its proof, open the account, give the gift.

    Raises ConsentRequired without a consent to keep the data, MemberExists (naming them masked), IdentifierUnreadable,
    IdentifierTaken when another till was faster, or TooManyMisses; nothing is written then.
    """
    if (Purpose.PROCESSING, Channel.NONE) not in order.consents:
        raise ConsentRequired
    # It says who is a member already, so a till that walks through numbers is stopped here too.
    allow_lookup(order.till, now=now)
    with joined_transaction():
        _refuse_known(order)
        member = enrol_member(
            name=order.name,
            identifiers=order.keys,
            region=order.region,
            actor=order.till.principal,
            now=now,
            source=SOURCE,
        )
        _record_consents(order, member, now=now)
        if order.language:
            set_language(member=member, language=order.language, now=now)
        return _with_account(order, member, now=now)


def _refuse_known(order: EnrolOrder) -> None:
    for kind, text in order.keys:
        found = find_identifier(kind, read_identifier(kind=kind, text=text, region=order.region))
        if found is not None:
            raise MemberExists(name=mask_name(found.member.name) or "—", member=str(found.member.public_id))


def _record_consents(order: EnrolOrder, member: Member, *, now: dt.datetime) -> None:
    """Each consent with the newest words for it in the member's language, and where it was given."""
    cashier = f", cashier {order.cashier_number}" if order.cashier_number else ""
    for purpose, channel in dict.fromkeys(order.consents):
        wordings = ConsentWording.objects.filter(purpose=purpose)
        wording = wordings.filter(language=order.language).order_by("-version").first() if order.language else None
        record_consent(
            member=member,
            purpose=purpose,
            channel=channel,
            action=ConsentAction.GRANTED,
            method=SOURCE,
            proof=f"{order.till.label}{cashier}",
            actor=order.till.principal,
            now=now,
            wording=wording or wordings.order_by("-version", "language").first(),
        )


def _with_account(order: EnrolOrder, member: Member, *, now: dt.datetime) -> Enrolled:
    key = MemberKey("id", str(member.public_id))
    shopper = find_shopper(key, at=now)
    if shopper is None:
        raise IdentifierTaken  # erased in the same breath; there is nobody to speak of
    if shopper.program_id is None:
        return Enrolled(shopper, None, None, 0, ())
    account = ledger.lock_account(
        open_accounts(program_id=shopper.program_id, member_ids=[member.pk], now=now)[member.pk]
    )
    version = compiled_version(shopper.version_id) if shopper.version_id else None
    gift = 0
    if shopper.version_id is not None and version is not None:
        welcome = welcome_of(shopper.version_id)
        gift = welcome.points
        if gift:
            grant = ledger.Grant(gift, None, welcome.burns_at(version, now))
            ledger.post(
                account,
                [ledger.Movement(TransactionKind.GIFT, grants=[grant])],
                now=now,
                partner_id=order.till.partner_id,
                actor_label=order.till.label,
            )
    return Enrolled(shopper, version, account, gift, burn_calendar([account.id], now=now)[account.id])
