"""The configuration of the demonstration's company: the rows a shop's owner would type in, and its first programme."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty_site.demo.receipts import CASHIERS, REGISTERS, ZONE, Receipt, read_prices, read_products
from loyalty_site.ground.models import Company, Role, User
from loyalty_site.ground.policy import Principal, system
from loyalty_site.ground.services.setup import readable_password
from programs.models import (
    Cashier,
    Category,
    Goal,
    KeyFactor,
    Partner,
    Product,
    Program,
    ProgramVersion,
    Rule,
    Store,
    Terminal,
    TerminalState,
    Tier,
)
from programs.services.programs import publish_program
from programs.services.tills import enrol_terminal, issue_enrolment_code

NAME = "Corner Market"
LANGUAGES = ("en", "ru", "he")
# Names kept for examples and fiction (RFC 2606), so that no mail can ever reach anybody.
SENDER = {
    "sender_email": "hello@corner-market.example",
    "reply_to": "service@corner-market.example",
    "postal_address": "Corner Market, 1 Example Street, Springfield",
}
TRIAL_REGISTER = "trial"
LOGINS = {
    "admin": Role.ADMINISTRATOR,
    "marketing": Role.MARKETING,
    "support": Role.SUPPORT,
    "accountant": Role.ACCOUNTANT,
    "shop": Role.SHOP_MANAGER,
}
READINESS = {
    "stable": True,
    "counted": True,
    "elsewhere": False,
    "only_money": False,
    "asked": True,
    "unique": False,
    "often": True,
    "terms": False,
    "copied": False,
}
ACTOR: Principal = system("demonstration")
_SCOPES = ["lookup", "earn", "redeem", "return"]
_DAIRY = ("butter", "cheese", "milk", "yogurt", "cream", "egg")


class NotTheDemonstration(Exception):
    """This database belongs to a real company. The text is for the person at the keyboard."""


def note(weeks: int) -> str:
    """What the Today page says above its figures."""
    return (
        "Demonstration. The receipts are real (The Complete Journey by dunnhumby, CC0), their dates moved forward by "
        f"{weeks} weeks. All names, phones, cards and e-mail addresses are generated."
    )


def weeks_in_use() -> int | None:
    """By how many weeks this database's demonstration was moved; None when there is none yet.

    Raises NotTheDemonstration when the database holds another company.
    """
    company = Company.objects.first()
    if company is None:
        return None
    words = company.note.partition(" moved forward by ")[2].split()
    if not company.note.startswith("Demonstration.") or not words:
        raise NotTheDemonstration(
            f"this database holds the company {company.name!r}, so the demonstration will not touch it. "
            "Use make run, or set REGULARS_VAR (or DATABASE_URL) to another place for the demonstration."
        )
    return int(words[0])


def make_company(weeks: int) -> None:
    """Company, partner, categories and products."""
    with transaction.atomic():
        Company.objects.get_or_create(
            id=1,
            defaults={
                "name": NAME,
                "country": "US",
                "time_zone": ZONE,
                "currency": "USD",
                "languages": list(LANGUAGES),
                "note": note(weeks),
                **SENDER,
            },
        )
        # A demonstration of an earlier version wrote to nobody.
        Company.objects.filter(sender_email="").update(languages=list(LANGUAGES), **SENDER)
        Partner.objects.get_or_create(code="corner-market", defaults={"name": NAME})
        products, prices = list(read_products()), read_prices()
        departments = sorted({_category(name, department) for _, name, department in products})
        Category.objects.bulk_create(
            [Category(code=_slug(name), name=name) for name in departments], ignore_conflicts=True
        )
        categories = dict(Category.objects.values_list("name", "id"))
        Product.objects.bulk_create(
            [
                Product(
                    sku=sku,
                    name=name[:200],
                    category_id=categories[_category(name, department)],
                    price=prices.get(sku),
                )
                for sku, name, department in products
            ],
            ignore_conflicts=True,
            batch_size=2000,
        )


def make_stores(receipts: list[Receipt], *, now: dt.datetime) -> int:
    """The stores on the receipts with their tills, enrolled as a till is, and their cashiers; how many stores."""
    partner = Partner.objects.get(code="corner-market")
    codes = sorted({receipt.store for receipt in receipts}, key=int)
    with transaction.atomic():
        Store.objects.bulk_create(
            [Store(partner=partner, code=code, name=f"Store {code}", time_zone=ZONE) for code in codes],
            ignore_conflicts=True,
        )
        stores = list(Store.objects.filter(partner=partner))
        Cashier.objects.bulk_create(
            [
                Cashier(store=store, number=str(number), name=f"Cashier {number} of store {store.code}")
                for store in stores
                for number in range(1, CASHIERS + 1)
            ],
            ignore_conflicts=True,
        )
        registers = [str(number) for number in range(1, REGISTERS + 1)]
        Terminal.objects.bulk_create(
            [
                Terminal(store=store, register=register, name=f"Till {register}", scopes=_SCOPES)
                for store in stores
                for register in registers
            ]
            + [
                Terminal(
                    store=min(stores, key=lambda store: store.id),
                    register=TRIAL_REGISTER,
                    name="Till for trying out",
                    scopes=[*_SCOPES, "hints"],
                )
            ],
            ignore_conflicts=True,
        )
        for terminal in Terminal.objects.filter(state=TerminalState.NEW, register__in=registers):
            code = issue_enrolment_code(terminal=terminal, actor=ACTOR, now=now)
            enrol_terminal(code=code, version="demonstration", now=now)
    return len(stores)


def trial_code(*, now: dt.datetime) -> str | None:
    """An enrolment code for the till that visitors may try the API with; None when somebody has enrolled it."""
    terminal = Terminal.objects.filter(register=TRIAL_REGISTER, state=TerminalState.NEW).first()
    return issue_enrolment_code(terminal=terminal, actor=ACTOR, now=now) if terminal else None


def make_staff(logins_file: Path, receipts: list[Receipt]) -> dict[str, str]:
    """A login per role; {username: password}, the same on every run as long as the file is kept."""
    known = (
        dict(line.split(maxsplit=1) for line in logins_file.read_text().splitlines()) if logins_file.exists() else {}
    )
    passwords = {username: known.get(username) or readable_password() for username in LOGINS}
    for username, role in LOGINS.items():
        user, is_new = User.objects.get_or_create(
            username=username, defaults={"role": role, "is_staff": True, "first_name": str(role.label)}
        )
        if is_new or username not in known:
            user.set_password(passwords[username])
            user.save(update_fields=["password"])
    logins_file.touch(mode=0o600)
    logins_file.write_text("".join(f"{username} {password}\n" for username, password in passwords.items()))
    busiest = sorted({r.store for r in receipts}, key=lambda code: -sum(r.store == code for r in receipts))[:3]
    for store in Store.objects.filter(code__in=busiest):
        store.staff.add(User.objects.get(username="shop"))
    return passwords


def make_programme(first_at: dt.datetime, *, now: dt.datetime) -> ProgramVersion:
    """1 point per dollar, three for produce at the weekend, three tiers; published from the first receipt's day on."""
    program, is_new = Program.objects.get_or_create(
        code="corner-club",
        defaults={
            "name": "Corner Club",
            "goal": Goal.KEEP,
            "key_factor": KeyFactor.PRICE,
            # As whoever runs a grocery would answer before the start.
            "readiness": READINESS,
            "margin_percent": 25,
            "currency": "USD",
            "time_zone": ZONE,
            "earn_points": 1,
            "earn_per": 1,
            "point_value": "0.01",
            "redeem_minimum": 50,
            "redeem_step": 10,
            "redeem_max_percent": 50,
            "expiry_months": 12,
        },
    )
    if is_new:
        Tier.objects.bulk_create(
            [
                Tier(program=program, key="member", name="Member", threshold=0, multiplier="1"),
                Tier(program=program, key="silver", name="Silver", threshold=400, multiplier="1.25"),
                Tier(program=program, key="gold", name="Gold", threshold=1200, multiplier="1.5"),
            ]
        )
        Rule.objects.bulk_create(
            [
                Rule(
                    program=program,
                    key="produce",
                    name="Fruit and vegetables count double",
                    conditions=[{"type": "category", "codes": ["produce"]}],
                    effect={"type": "multiply", "factor": "2"},
                ),
                Rule(
                    program=program,
                    key="dairy-weekend",
                    name="Dairy counts three times at the weekend",
                    conditions=[{"type": "category", "codes": ["dairy"]}, {"type": "weekday", "days": [6, 7]}],
                    effect={"type": "multiply", "factor": "3"},
                ),
                Rule(
                    program=program,
                    key="welcome-back",
                    name="Welcome back",
                    conditions=[{"type": "coupon", "series": ["welcome-back"]}],
                    effect={"type": "percent_off", "percent": "10"},
                ),
            ]
        )
    published = program.versions.order_by("number").first()
    if published is not None:
        return published
    day = first_at.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return publish_program(program=program, actor=ACTOR, effective_from=day, now=now)


def _category(name: str, department: str) -> str:
    if any(word in name.lower() for word in _DAIRY) and department == "GROCERY":
        return "Dairy"
    names = {"DRUG GM": "Drugstore", "MEAT-PCKGD": "Packaged meat", "SEAFOOD-PCKGD": "Packaged seafood"}
    return names.get(department, department.capitalize())


def _slug(name: str) -> str:
    return "-".join("".join(char if char.isalnum() else " " for char in name.lower()).split())
