"""The demonstration, step by step. Every step finds its own work of an earlier run again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.utils import timezone
from rich.table import Table

from loyalty_site.demo import answering, company, consents, desk, importing, mailing, programme, stages, twins
from loyalty_site.demo.people import Person, customer_file, people
from loyalty_site.demo.receipts import ZONE, Receipt, events, households, read_receipts, weeks_to
from loyalty_site.demo.replay import replay
from loyalty_site.demo.selling import booked
from loyalty_site.demo.steps import Step, console, step
from loyalty_site.embedded.processes import EmbeddedError, var_folder
from programs.models import Purchase, PurchaseKind

LOGINS_FILE = "demo-logins"


@dataclass(frozen=True)
class Told:
    """What there is now: {username: password}, and the receipts that were sold."""

    logins: dict[str, str]
    receipts: list[Receipt]


def tell(meanwhile: Callable[[], None], *, url: str, mailbox_url: str, last: int = 0) -> Told:
    """Build what is missing. `meanwhile` keeps the installation alive and is called often; people answer at `url`
    what they find at `mailbox_url`; only the newest `last` receipts are sold unless that is 0.

    Raises EmbeddedError when the database holds somebody's real company, or a step fails.
    """
    now = timezone.now()
    try:
        weeks = company.weeks_in_use()
    except company.NotTheDemonstration as error:
        raise EmbeddedError(str(error)) from error
    original = read_receipts()
    had_company = weeks is not None
    if weeks is None:
        weeks = weeks_to(original[-1].at.astimezone(ZoneInfo(ZONE)).date(), now.astimezone(ZoneInfo(ZONE)).date())
    receipts = read_receipts(weeks=weeks, last=last)
    everybody = people(households())
    with step("The company and its programme") as current:
        logins = _configure(weeks, receipts, now)
        current.was_there = had_company
        current.says = f"{len({receipt.store for receipt in receipts})} stores, programme published, a login per role"
    with step("Importing the customer base") as current:
        path = _write_file(everybody)
        current.was_there = importing.is_in(path)
        current.says = importing.bring_in(path, current.reach, meanwhile)
    until = dt.datetime.combine(now.astimezone(ZoneInfo(ZONE)).date(), dt.time(), tzinfo=ZoneInfo(ZONE))
    done = booked()
    missing = [event for event in events(receipts, until=until) if event.key not in done]
    with step("Selling the receipts", len(missing)) as current:
        if missing:
            _sell(current, weeks, until, last, meanwhile)
        current.was_there = not missing
        current.says = _figures()
    _change_the_programme(meanwhile, now)
    _work_at_the_desk(everybody, meanwhile, now)
    with step("Asking for consent and language") as current:
        consents.note_languages(now=now)
        current.was_there = not any([consents.ask(until=until), consents.find_forms(everybody)])
        current.says = consents.figures()
    with step("Writing to the members") as current:
        current.was_there = mailing.is_out()
        current.says = mailing.send(current.reach, meanwhile)
    with step("Hearing what they say") as current:
        is_new, current.says = answering.hear(url, mailbox_url, current.reach, meanwhile)
        current.was_there = not is_new
    return Told(logins, [receipt for receipt in receipts if receipt.at <= until])


def _configure(weeks: int, receipts: list[Receipt], now: dt.datetime) -> dict[str, str]:
    company.make_company(weeks)
    company.make_stores(receipts, now=now)
    company.make_programme(receipts[0].at, now=now)
    return company.make_staff(var_folder() / LOGINS_FILE, receipts)


def _change_the_programme(meanwhile: Callable[[], None], now: dt.datetime) -> None:
    with step("Trying a draft on the past") as current:
        current.was_there = not programme.renew(now=now) and programme.has_tried()
        current.says = programme.try_draft(current.reach, meanwhile)


def _work_at_the_desk(everybody: list[Person], meanwhile: Callable[[], None], now: dt.datetime) -> None:
    with step("At the tills and at the desk") as current:
        current.was_there = not desk.work(current.reach, now=now)
        current.says = desk.figures()
    with step("Looking for people who are there twice") as current:
        current.was_there = not twins.find(everybody, current.reach, meanwhile)
        current.says = twins.figures()
    with step("Computing the stages of members") as current:
        current.was_there = not stages.compute(now=now)
        current.says = stages.figures()


def _sell(current: Step, weeks: int, until: dt.datetime, last: int, meanwhile: Callable[[], None]) -> None:
    """All receipts, stopping on the nights on which stages are computed."""
    done = len(booked())
    for end in [*stages.nights(until), until]:
        before = len(booked()) - done
        replay(weeks, end, last, on_progress=partial(_reach, current, before), meanwhile=meanwhile)
        if end < until:
            stages.compute(now=end)


def _reach(current: Step, before: int, count: int) -> None:
    current.reach(before + count)


def _write_file(everybody: list[Person]) -> Path:
    path = var_folder() / "demo-customers.csv"
    path.write_bytes(customer_file(everybody))
    return path


def _figures() -> str:
    sums = {
        row["kind"]: row
        for row in Purchase.objects.values("kind").annotate(
            count=Count("id"), earned=Sum("points_earned"), redeemed=Sum("points_redeemed")
        )
    }
    sales = sums.get(PurchaseKind.SALE, {"count": 0, "earned": 0, "redeemed": 0})
    returns = sums.get(PurchaseKind.RETURN, {"count": 0})
    return (
        f"{sales['count']:,} sales, {returns['count']:,} returns, {sales['earned']:,} points issued, "
        f"{sales['redeemed']:,} redeemed"
    )


def say_where(url: str, mailbox_url: str, logins: dict[str, str], *, logs: Path) -> None:
    """Where everything is, and with which login."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for username, role in company.LOGINS.items():
        table.add_row(f"  {role.label}", username, logins[username])
    console.print(
        f"\n[bold]Regulars is running[/bold]\n\n  Back office   {url}/admin/\n"
        f"  Mailbox       {mailbox_url}/\n  API           {url}/api/v1/docs\n"
    )
    console.print(table)
    code = company.trial_code(now=timezone.now())
    if code:
        console.print(f"\n  A till        {url}/till/#code={code}")
        console.print(
            "                open it here or on a tablet; a cash register sends the code to /api/v1/terminals/enrol"
        )
    console.print(f"\nLogs are in {logs}. Stop with Ctrl-C; make demo finds everything again.")
