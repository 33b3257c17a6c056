"""Buying for somebody else: a relative by a lent card, and the people of a company for the company."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from loyalty_site.ground.models import User
from loyalty_site.ground.policy import Kind, Principal, system
from members.models import CardCheck, CardIssuer, ContactRole, Member
from members.services import lend_card
from members.services.companies import add_contact, create_company, set_won
from members.services.issuers import save_issuer
from programs.models import Cashier, Partner
from programs.queries.shoppers import MemberKey
from programs.services.companies import add_tie, buy_for_company
from programs.services.sales import SaleOrder, sell

ACTOR = system("demonstration")
COMPANY = "Hillcrest Catering Ltd"


def buy_for_others(people: Sequence[Member], order: SaleOrder, *, prefix: str, now: dt.datetime) -> None:
    """`people`: who lends a card, to whom, who collects for the company, and who decides there."""
    owner, relative, collector, decider = people
    card = lend_card(member_id=owner.pk, to_id=relative.pk, actor=ACTOR, now=now)
    lent = replace(order, member=MemberKey("card", card.value), receipt_number=f"{prefix}LENT")
    sell(lent, now=now)
    _company(collector, decider, now=now)
    for_company = MemberKey("id", str(collector.public_id))
    sell(replace(order, member=for_company, receipt_number=f"{prefix}COMPANY"), now=now)
    issuer = CardIssuer(name="Skyline Miles", prefix="6021", length=12, check_rule=CardCheck.LUHN)
    save_issuer(issuer)
    Partner.objects.get_or_create(code="skyline", defaults={"name": issuer.name, "card_issuer": issuer})


def _company(collector: Member, decider: Member, *, now: dt.datetime) -> None:
    """Its points are its own. Support has won the one who decides, and a cashier knows who comes for the goods."""
    asker = User.objects.get(username="support")
    support = Principal(Kind.STAFF, id=asker.pk, label=asker.username, role=asker.role)
    firm = create_company(name=COMPANY, identifiers=[], region="US", tax_number="31-0555123", actor=support, now=now)
    collects = add_contact(
        company_id=firm.pk,
        person_id=collector.pk,
        roles=[ContactRole.SEES, ContactRole.COLLECTS],
        actor=support,
        now=now,
    )
    decides = add_contact(
        company_id=firm.pk,
        person_id=decider.pk,
        roles=[ContactRole.DECIDES, ContactRole.PAYS],
        actor=support,
        now=now,
    )
    set_won(contact_id=decides.pk, is_won=True, actor=support, now=now)
    buy_for_company(collects.pk, may_spend=False, actor=support, now=now)
    add_tie(firm.pk, user_id=asker.pk, is_manager=True, actor=support, now=now)
    cashier = Cashier.objects.order_by("id").first()
    if cashier is not None:
        add_tie(firm.pk, cashier_id=cashier.pk, contact_id=collects.pk, actor=support, now=now)
