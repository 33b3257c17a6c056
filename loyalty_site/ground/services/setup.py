"""The first act of an installation: its company and the first person who may do everything else."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction

from loyalty_site.ground.errors import CompanyExists
from loyalty_site.ground.models import Company, Role, User
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services.audit import record_audit

_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is mistaken for another


@dataclass(frozen=True, slots=True)
class NewCompany:
    """`country` and `currency` are ISO codes, `time_zone` an IANA name; whoever calls has checked them."""

    name: str
    country: str
    time_zone: str
    currency: str
    currency_exponent: int = 2


def set_up_company(*, company: NewCompany, administrator: str, actor: Principal, now: dt.datetime) -> str:
    """Make the company and its first administrator; the administrator's password, which is shown this once.

    Raises CompanyExists when the installation has its company.
    """
    password = readable_password()
    with transaction.atomic():
        made, is_new = Company.objects.get_or_create(
            id=1,
            defaults={
                "name": company.name,
                "country": company.country,
                "time_zone": company.time_zone,
                "currency": company.currency,
                "currency_exponent": company.currency_exponent,
                "languages": ["en"],
            },
        )
        if not is_new:
            raise CompanyExists(company=made.name)
        User.objects.create_user(
            username=administrator, password=password, role=Role.ADMINISTRATOR, is_staff=True, date_joined=now
        )
        record_audit(actor=actor, action="set_up", target="ground.company", target_id=made.pk, now=now)
    return password


def readable_password() -> str:
    """A random password to be read off a screen and typed once."""
    return "".join(secrets.choice(_LETTERS) for _ in range(12))
