"""Enrolling at the till: a phone (or card, code, e-mail) and a consent are enough; the account and the gift come at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.models import ConsentWording
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services.transactions import joined_transaction
from members.errors import IdentifierTaken
from members.models import Channel, ConsentAction, Member, Purpose
from members.queries.identifiers import find_identifier
from members.queries.preferences import newest_wording
from members.services import enrol_member, mask_name, read_identifier, record_consent, set_language
from members.services.fields import Value, read_till_fields
from programs.errors import ConsentRequired, MemberExists
from programs.models import TransactionKind
from programs.queries.burning import BurnDay, burn_calendar
from programs.queries.climbing import NOT_CLIMBED, Climbed, climbed_of
from programs.queries.shoppers import MemberKey, Shopper, find_shopper
from programs.rules.documents import Compiled
from programs.services import ledger
from programs.services.accounts import open_accounts
from programs.services.lookups import allow_lookup
from programs.services.own_pages import own_page_of_newcomer
from programs.services.programs import compiled_version, welcome_of
from programs.services.tills import Till

SOURCE = "terminal"


@dataclass(frozen=True, slots=True)
class EnrolOrder:
    """A new member as the till sends them. `keys` are (kind, as typed); `consents` are (purpose, channel or ""); `fields`
    {code: JSON value} of the company's own that a till may fill in. `agreed_at`: see Newcomer."""

    till: Till
    keys: tuple[tuple[str, str], ...]
    consents: tuple[tuple[str, str], ...]
    region: str
    name: str = ""
    language: str = ""
    cashier_number: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    agreed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who becomes a member, from wherever they come. `keys` and `consents` as in EnrolOrder.

    `wordings`: the very words they agreed to, by purpose; what is missing is taken from the newest ones.
    `agreed_at`: when they did, where it became known later (a till without a connection); None: now.
    """

    keys: tuple[tuple[str, str], ...]
    consents: tuple[tuple[str, str], ...]
    region: str
    source: str
    proof: str
    actor: Principal
    name: str = ""
    language: str = ""
    partner_id: int | None = None
    wordings: Mapping[str, ConsentWording] = field(default_factory=dict)
    custom: Mapping[str, Value] = field(default_factory=dict)
    agreed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The new member with their account in the running programme, if one runs. `gift` in minor points. `own_page`: the
    address of their own page, where a till enrolled them that may give it, or ""."""

    shopper: Shopper
    version: Compiled | None
    account: ledger.Locked | None
    gift: int
    burns: tuple[BurnDay, ...]
    climbed: Climbed = NOT_CLIMBED
    own_page: str = ""


def enrol_at_till(order: EnrolOrder, *, now: dt.datetime) -> Enrolled:
    """Make somebody a member, note what they agreed to with the till as its proof, open the account, give the gift.

    With `agreed_at` consents, membership, account and gift are of that moment; what is written of them now is dated now:
    the keys, by which guards see who is new, the ledger, whose days are sealed, audit, events, and the count of misses.

    Raises ConsentRequired without a consent to keep the data, MemberExists (naming them masked), IdentifierUnreadable,
    IdentifierTaken when another till was faster, FieldUnknown, FieldUnreadable or TooManyMisses; nothing is written then.
    """
    if (Purpose.PROCESSING, Channel.NONE) not in order.consents:
        raise ConsentRequired
    # It says who is a member already, so a till that walks through numbers is stopped here too.
    allow_lookup(order.till, now=now)
    cashier = f", cashier {order.cashier_number}" if order.cashier_number else ""
    newcomer = Newcomer(
        keys=order.keys,
        consents=order.consents,
        region=order.region,
        source=SOURCE,
        proof=f"{order.till.label}{cashier}",
        actor=order.till.principal,
        name=order.name,
        language=order.language,
        partner_id=order.till.partner_id,
        custom=read_till_fields(order.fields),
        # A till's clock may run ahead a little; nobody agrees in the future.
        agreed_at=min(order.agreed_at, now) if order.agreed_at else None,
    )
    with joined_transaction():
        enrolled = enrol_newcomer(newcomer, now=now)
        return replace(enrolled, own_page=own_page_of_newcomer(order.till, enrolled.shopper.person_id, now=now))


def enrol_newcomer(newcomer: Newcomer, *, now: dt.datetime) -> Enrolled:
    """Make somebody a member with an account and the welcome gift, in the caller's transaction or one of its own.

    Raises MemberExists (naming them masked), IdentifierUnreadable, or IdentifierTaken when somebody was faster;
    nothing is written then.
    """
    with joined_transaction():
        _refuse_known(newcomer)
        failpoint("enrol.after_look")
        member = enrol_member(
            name=newcomer.name,
            identifiers=newcomer.keys,
            region=newcomer.region,
            actor=newcomer.actor,
            now=now,
            source=newcomer.source,
            custom=newcomer.custom,
            agreed_at=newcomer.agreed_at,
        )
        _record_consents(newcomer, member, now=now)
        if newcomer.language:
            set_language(member=member, language=newcomer.language, now=now)
        return _with_account(newcomer, member, now=now)


def _refuse_known(newcomer: Newcomer) -> None:
    for kind, text in newcomer.keys:
        found = find_identifier(kind, read_identifier(kind=kind, text=text, region=newcomer.region))
        if found is not None:
            raise MemberExists(name=mask_name(found.member.name) or "—", member=str(found.member.public_id))


def _record_consents(newcomer: Newcomer, member: Member, *, now: dt.datetime) -> None:
    """Each consent with the words agreed to, or the newest of its moment in the member's language, and where it was given."""
    for purpose, channel in dict.fromkeys(newcomer.consents):
        record_consent(
            member=member,
            purpose=purpose,
            channel=channel,
            action=ConsentAction.GRANTED,
            method=newcomer.source,
            proof=newcomer.proof,
            actor=newcomer.actor,
            now=newcomer.agreed_at or now,
            wording=newcomer.wordings.get(purpose) or newest_wording(purpose, newcomer.language, at=newcomer.agreed_at),
        )


def _with_account(newcomer: Newcomer, member: Member, *, now: dt.datetime) -> Enrolled:
    key = MemberKey("id", str(member.public_id))
    at = newcomer.agreed_at or now
    shopper = find_shopper(key, at=at)
    if shopper is None:
        raise IdentifierTaken  # erased in the same breath; there is nobody to speak of
    if shopper.program_id is None:
        return Enrolled(shopper, None, None, 0, ())
    account = ledger.lock_account(
        open_accounts(program_id=shopper.program_id, member_ids=[member.pk], now=at)[member.pk]
    )
    version = compiled_version(shopper.version_id) if shopper.version_id else None
    gift = 0
    if shopper.version_id is not None and version is not None:
        welcome = welcome_of(shopper.version_id)
        gift = welcome.points
        if gift:
            grant = ledger.Grant(gift, None, welcome.burns_at(version, at))
            ledger.post(
                account,
                [ledger.Movement(TransactionKind.GIFT, grants=[grant])],
                now=now,
                partner_id=newcomer.partner_id,
                actor_label=newcomer.actor.label,
            )
            # What comes after its day burns at once, as points of a sale that comes so late do.
            ledger.roll_forward(account, now=now)
    burns = burn_calendar([account.id], now=now)[account.id]
    climbed = climbed_of(account.id, version, spend=account.spend, tier=account.tier_key, now=now)
    return Enrolled(shopper, version, account, gift, burns, climbed)
