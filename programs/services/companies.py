"""What contact persons of a company do at the till, and who of ours stands beside them.

The company owns the points: one account, into which its people buy. Whoever leaves buys for it no more from the next
receipt on, and nothing of what they bought leaves with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, models, transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.errors import ContactGone, LentAlready
from members.models import CompanyContact, Identifier
from members.services import lend_card, withdraw_lent
from members.services.companies import close_contact, lock_company, lock_contact
from programs.errors import ContactBuysElsewhere, NoActiveProgram, TieTaken
from programs.models import Account, AccountAccess, CompanyTie
from programs.queries.today import active_program
from programs.services import ledger
from programs.services.accounts import end_access, give_access, open_accounts

_RESOURCE = "members.buyingcompany"


@transaction.atomic
def buy_for_company(contact_id: int, *, may_spend: bool, actor: Principal, now: dt.datetime) -> AccountAccess:
    """From the next receipt on whatever a contact person buys is the company's and earns for it; it is paid with the
    company's points only where `may_spend`.

    Their own account stays as it is and is not used meanwhile. Raises ContactGone, NoActiveProgram,
    ContactBuysElsewhere when they use another account than their own, or somebody else uses theirs.
    """
    contact = _contact(contact_id)
    program = active_program()
    if program is None:
        raise NoActiveProgram
    company_id, person_id = contact.company_id, contact.person_id
    opened = open_accounts(program_id=program.pk, member_ids=[company_id, person_id], now=now)
    own = Account.objects.filter(owner=person_id, program=program).first()
    ledger.lock_accounts([opened[company_id], opened[person_id], *([own.pk] if own else [])])
    lock_contact(contact_id)
    live = AccountAccess.objects.filter(program=program, ended_at__isnull=True)
    account = Account.objects.get(owner=company_id, program=program)
    mine = live.filter(member=person_id).first()
    uses_another = mine is not None and mine.account_id not in {account.pk, own.pk if own else 0}
    is_lender = own is not None and live.filter(account=own).exclude(member=person_id).exists()
    if uses_another or is_lender or not live.filter(member=company_id, account=account).exists():
        raise ContactBuysElsewhere
    access = give_access(account, person_id, now=now, may_spend=may_spend, buyer_id=company_id)
    _note("buy_for", contact, actor=actor, now=now, may_spend=may_spend)
    return access


@transaction.atomic
def stop_buying(contact_id: int, *, actor: Principal, now: dt.datetime) -> bool:
    """A contact person buys for themselves again from the next receipt on; False when they did already.

    Raises ContactGone.
    """
    contact = _contact(contact_id)
    stopped = _send_home(contact.company_id, [contact.person_id], now=now)
    if stopped:
        _note("stop_buying", contact, actor=actor, now=now)
    return stopped > 0


@transaction.atomic
def give_company_card(contact_id: int, *, may_spend: bool, actor: Principal, now: dt.datetime) -> Identifier:
    """A card of the company for a contact person to carry: each sale by it says that it was they.

    Raises ContactGone, or LentAlready when they carry one.
    """
    contact = lock_contact(contact_id)
    if _cards(contact).exists():
        raise LentAlready
    return lend_card(member_id=contact.company_id, to_id=contact.person_id, may_spend=may_spend, actor=actor, now=now)


@transaction.atomic
def end_contact(contact_id: int, *, actor: Principal, now: dt.datetime) -> CompanyContact:
    """A person has left: they buy for the company no more, its cards in their hands end, and who of ours stood beside
    them does so no longer. Points, receipts and what was known stay the company's. Raises ContactGone."""
    contact = _contact(contact_id)
    _send_home(contact.company_id, [contact.person_id], now=now)
    for card_id in _cards(contact).order_by("pk").values_list("pk", flat=True):
        withdraw_lent(identifier_id=card_id, actor=actor, now=now)
    CompanyTie.objects.filter(contact=contact, ended_at__isnull=True).update(ended_at=now)
    return close_contact(contact_id=contact_id, actor=actor, now=now)


@transaction.atomic
def add_tie(
    company_id: int,
    *,
    actor: Principal,
    now: dt.datetime,
    user_id: int | None = None,
    cashier_id: int | None = None,
    contact_id: int | None = None,
    is_manager: bool = False,
) -> CompanyTie:
    """Somebody of ours knows a company, or one contact person of it; as account manager they answer for the whole, in
    place of who did before. Raises CompanyNeeded, ContactGone, TieTaken."""
    lock_company(company_id)
    if contact_id is not None and lock_contact(contact_id).company_id != company_id:
        raise ContactGone
    live = CompanyTie.objects.filter(company=company_id, ended_at__isnull=True)
    if is_manager:
        if live.filter(is_manager=True, user=user_id).exists():
            raise TieTaken
        live.filter(is_manager=True).update(ended_at=now)
    try:
        with transaction.atomic():
            tie = CompanyTie.objects.create(
                company_id=company_id,
                contact_id=None if is_manager else contact_id,
                user_id=user_id,
                cashier_id=cashier_id,
                is_manager=is_manager,
                since=now,
            )
    except IntegrityError as error:
        raise TieTaken from error
    record_audit(
        actor=actor, action="add_tie", target=_RESOURCE, target_id=company_id, now=now, details={"tie": tie.pk}
    )
    return tie


@transaction.atomic
def end_tie(tie_id: int, *, actor: Principal, now: dt.datetime) -> bool:
    """Somebody of ours no longer stands beside a company; False when they did not any more."""
    tie = CompanyTie.objects.select_for_update(of=("self",)).filter(pk=tie_id, ended_at__isnull=True).first()
    if tie is None:
        return False
    tie.ended_at = max(now, tie.since)
    tie.save(update_fields=["ended_at"])
    record_audit(
        actor=actor, action="end_tie", target=_RESOURCE, target_id=tie.company_id, now=now, details={"tie": tie.pk}
    )
    return True


def forget_company(company_id: int, *, now: dt.datetime) -> None:
    """Of a member who is being erased, whose accounts are locked: nobody buys for them, nobody of ours stands there."""
    _send_home(company_id, None, now=now)
    CompanyTie.objects.filter(company=company_id, ended_at__isnull=True).update(ended_at=now)
    CompanyTie.objects.filter(contact__person=company_id, ended_at__isnull=True).update(ended_at=now)


def move_ties(*, from_id: int, to_id: int, now: dt.datetime) -> list[dict[str, Any]]:
    """Of a company that is merged: who of ours stood beside it stands beside the survivor; images for the way back.

    A second account manager, and whoever stands there already, is not needed twice.
    """
    rows = list(CompanyTie.objects.filter(company=from_id, ended_at__isnull=True).order_by("pk"))
    for tie in rows:
        there = CompanyTie.objects.filter(company=to_id, ended_at__isnull=True)
        same = (
            there.filter(is_manager=True)
            if tie.is_manager
            else there.filter(is_manager=False, contact=tie.contact, user=tie.user, cashier=tie.cashier)
        )
        if same.exists():
            tie.ended_at = max(now, tie.since)
        tie.company_id = to_id
        tie.save(update_fields=["company", "ended_at"])
    return [{"id": tie.pk, "was_ended": tie.ended_at is not None} for tie in rows]


def give_ties_back(images: Sequence[Mapping[str, Any]], *, to_id: int) -> None:
    """Undo `move_ties`."""
    for image in images:
        again: dict[str, Any] = {"ended_at": None} if image["was_ended"] else {}
        CompanyTie.objects.filter(pk=image["id"]).update(company=to_id, **again)


def _contact(contact_id: int) -> CompanyContact:
    """Read before accounts are locked; whoever writes locks it after them."""
    contact = CompanyContact.objects.filter(pk=contact_id, ended_at__isnull=True).first()
    if contact is None:
        raise ContactGone
    return contact


def _send_home(company_id: int, person_ids: list[int] | None, *, now: dt.datetime) -> int:
    """These people (None: all) use their own accounts again; how many did not. Sales for the company are waited for."""
    live = AccountAccess.objects.filter(buyer=company_id, ended_at__isnull=True)
    if person_ids is not None:
        live = live.filter(member__in=person_ids)
    ledger.lock_accounts(sorted(set(live.values_list("account_id", flat=True))))
    rows = list(live.order_by("pk"))
    for access in rows:
        end_access(access.member_id, program_id=access.program_id, now=now)
        own = Account.objects.filter(owner=access.member_id, program=access.program_id).first()
        if own is not None:
            give_access(own, access.member_id, now=now)
    return len(rows)


def _cards(contact: CompanyContact) -> models.QuerySet[Identifier]:
    """Cards of the company that the person carries."""
    return Identifier.objects.filter(
        member=contact.company_id, lent_to=contact.person_id, lent_at__isnull=False, ended_at__isnull=True
    )


def _note(act: str, contact: CompanyContact, *, actor: Principal, now: dt.datetime, **details: bool) -> None:
    record_audit(
        actor=actor,
        action=act,
        target=_RESOURCE,
        target_id=contact.company_id,
        now=now,
        details={"contact": contact.pk, **details},
    )
