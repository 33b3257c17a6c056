"""The sample shop: a store with one till, a programme that runs, and people to sell to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.db import transaction

from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import system
from members.services import enrol_member, write_notice
from programs.models import Category, Partner, Product, Program, Store, Terminal, TerminalState, Tier
from programs.services.programs import publish_program
from programs.services.tills import enrol_terminal, issue_enrolment_code, till_by_token

NAME = "Sandbox"
ACTOR = system("sandbox")
SCOPES = ["lookup", "earn", "redeem", "return", "enrol", "hints"]
PRODUCTS = {"COFFEE": ("Coffee", "drinks"), "BREAD": ("Bread", "food"), "CHEESE": ("Cheese", "food")}
PEOPLE = [("Anna Petrova", "+12125550101", "900101"), ("Ben Cohen", "+12125550102", "900102")]


class NotASandboxError(Exception):
    """This database belongs to a real company. The text is for the person at the keyboard."""


def build(*, now: dt.datetime) -> Terminal:
    """The sample shop, made on the first call and found again on later ones. Raises NotASandboxError."""
    company = Company.objects.first()
    if company is not None and company.name != NAME:
        raise NotASandboxError(f"this database holds the company {company.name!r}, so the sandbox will not touch it")
    if company is None:
        with transaction.atomic():
            _make(now)
    return Terminal.objects.get(store__code="main", register="1")


def _make(now: dt.datetime) -> None:
    Company.objects.create(id=1, name=NAME, country="US", currency="USD")
    partner = Partner.objects.create(code="sandbox", name=NAME)
    store = Store.objects.create(partner=partner, code="main", name="Main Street", time_zone="America/New_York")
    Terminal.objects.create(store=store, name="Till 1", register="1", scopes=SCOPES)
    for sku, (name, code) in PRODUCTS.items():
        category, _ = Category.objects.get_or_create(code=code, defaults={"name": code.title()})
        Product.objects.create(sku=sku, name=name, category=category)
    program = Program.objects.create(
        code="sandbox",
        name="Sandbox Club",
        goal="keep",
        key_factor="price",
        currency="USD",
        time_zone="America/New_York",
        redeem_step=1,
    )
    Tier.objects.create(program=program, key="member", name="Member", threshold=0, multiplier=1)
    Tier.objects.create(program=program, key="gold", name="Gold", threshold=500, multiplier=2)
    # Valid long enough ago for every receipt that an offline upload may bring.
    publish_program(program=program, actor=ACTOR, effective_from=now - dt.timedelta(days=60), now=now)
    for name, phone, card in PEOPLE:
        member = enrol_member(
            name=name, identifiers=[("phone", phone), ("card", card)], region="US", actor=ACTOR, now=now
        )
        write_notice(
            member_id=member.pk, text="Ask how the coffee was", is_once=True, actor=ACTOR, today=now.date(), now=now
        )


def token_for(terminal: Terminal, kept: Path, *, now: dt.datetime) -> str:
    """The terminal's token: the one kept in the file while it works, else a new one (kept for the next time)."""
    token = kept.read_text().strip() if kept.exists() else ""
    if token and till_by_token(token, now=now) is not None:
        return token
    if terminal.state != TerminalState.NEW:
        terminal.refresh_from_db()
    code = issue_enrolment_code(terminal=terminal, actor=ACTOR, now=now)
    _, token = enrol_terminal(code=code, version="sandbox", now=now)
    kept.touch(mode=0o600)
    kept.write_text(token)
    return token
