"""Make the company and its first administrator: what an empty installation needs before anybody can sign in."""

from __future__ import annotations

import zoneinfo
from typing import Any, override

import phonenumbers
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty_site.ground.errors import CompanyExists
from loyalty_site.ground.policy import system
from loyalty_site.ground.services.setup import NewCompany, set_up_company


class Command(BaseCommand):
    help = "Make this installation's company and its first administrator."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the company's name")
        parser.add_argument("--country", required=True, help="two letters, such as US, RU or IL")
        parser.add_argument("--time-zone", required=True, help="such as America/New_York")
        parser.add_argument("--currency", required=True, help="three letters, such as USD")
        parser.add_argument("--currency-decimals", type=int, default=2, choices=range(5), help="default: 2")
        parser.add_argument("--administrator", default="admin", help="the user name of the first administrator")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        country, currency = options["country"].upper(), options["currency"].upper()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise CommandError(f"{options['country']!r} is not a country of two letters, such as US, RU or IL.")
        if options["time_zone"] not in zoneinfo.available_timezones():
            raise CommandError(f"There is no time zone {options['time_zone']!r}. Write one like Asia/Jerusalem.")
        if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise CommandError(f"{options['currency']!r} is not a currency of three letters, such as USD.")
        company = NewCompany(options["name"], country, options["time_zone"], currency, options["currency_decimals"])
        try:
            password = set_up_company(
                company=company, administrator=options["administrator"], actor=system("set_up"), now=timezone.now()
            )
        except CompanyExists as error:
            raise CommandError(error.message()) from error
        self.stdout.write(
            f"{company.name} is set up. Sign in as {options['administrator']} with the password {password}"
        )
        self.stdout.write("It is shown this once; change it under your name, Change password.")
