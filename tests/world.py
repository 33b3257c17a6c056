"""One installation with a row of everything the admin shows, and somebody of every kind to look at it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from campaigns.models import Audience, Campaign, Template
from campaigns.services.approval import approve_campaign
from campaigns.services.audiences import save_audience
from campaigns.services.freezing import freeze_run
from campaigns.services.running import start_campaign
from campaigns.services.segments import refresh_job, save_segment
from campaigns.services.starters import STARTERS, start_template
from feedback.services import invite, submit_answer
from loyalty_site.ground.models import Audit, ConsentWording, Job, Role, User
from loyalty_site.ground.policy import ALL_ROLES, Kind, Principal, system
from loyalty_site.ground.services.exports import ExportOrder, order_export
from members.models import (
    CardIssuer,
    Channel,
    ConsentAction,
    ContactBudget,
    CustomField,
    IdentityPolicy,
    Member,
    ProfilePolicy,
    Purpose,
    Segment,
)
from members.services import enrol_member, plan_messages, record_consent, suppress
from members.services.companies import add_contact, create_company
from members.services.duplicates import request_scan, scan_chunk
from members.services.issuers import save_issuer
from programs.models import Calendar, FlagKind, ImportRow, RowOutcome, Store, Terminal, TillPolicy, WebhookDelivery
from programs.services.accounts import open_accounts
from programs.services.adjusting import ListOrder, draft_list
from programs.services.adjustments import Wish, adjust
from programs.services.coupons import issue_coupons
from programs.services.flags import Subject, raise_flag
from programs.services.holds import place_hold
from programs.services.importing.batches import UploadOrder, upload_file
from programs.services.importing.files import remove_file
from programs.services.ledger import Opening, post_openings
from programs.services.lifecycle import refresh_stages
from programs.services.offline import OfflineReceipt, take_in
from programs.services.replays import replay_chunk, start_replay
from programs.services.sales import OrderLine
from programs.services.tills import revoke_terminal
from programs.services.webhooks import add_endpoint
from tests.factories.configuration import (
    CashierFactory,
    CouponSeriesFactory,
    RewardFactory,
    StoreFactory,
    TerminalFactory,
    TierFactory,
    UserFactory,
)
from tests.feedback.world import make_message, make_survey
from tests.programs.shop import NOW, Shop, open_shop
from tests.programs.till import ApiTill

TERMINAL = "terminal"
FOREIGN_TERMINAL = "terminal of another partner"
REVOKED = "revoked terminal"
ANONYMOUS = "anonymous"
EVERYBODY = [ANONYMOUS, *sorted(ALL_ROLES), TERMINAL, FOREIGN_TERMINAL, REVOKED]


@dataclass
class World:
    """The shop manager sees `mine`; `foreign` and all in it belong to another store."""

    shop: Shop
    mine: Store
    foreign: Store
    tokens: dict[str, str]

    def client(self, who: str) -> Client:
        """A browser or a terminal of one of EVERYBODY."""
        if who in self.tokens:
            return Client(headers={"Authorization": f"Bearer {self.tokens[who]}"}, raise_request_exception=False)
        client = Client(raise_request_exception=False)
        if who != ANONYMOUS:
            client.force_login(self.person(who))
        return client

    def person(self, role: str) -> Any:
        return User.objects.get(username=role)

    def principal(self, who: str) -> Principal:
        """What the policy should be asked about `who`; a revoked terminal is nobody."""
        if who in {TERMINAL, FOREIGN_TERMINAL}:
            return Principal(Kind.TERMINAL, scopes=frozenset(self.shop.terminal.scopes))
        if who in {ANONYMOUS, REVOKED}:
            return Principal(Kind.ANONYMOUS)
        stores = frozenset({self.mine.pk}) if who == Role.SHOP_MANAGER else None
        return Principal(Kind.STAFF, role=who, store_ids=stores)


def build_world() -> World:
    """Configuration by factories, operational rows by services, as everywhere."""
    shop = open_shop()
    TierFactory(program=shop.program)
    RewardFactory(program=shop.program)
    Calendar.objects.create(key="holidays", name="Holidays").days.create(day=25, month=12)
    mine = shop.terminal.store
    foreign = StoreFactory(name="Foreign store", partner=mine.partner)
    for role in ALL_ROLES:
        person = UserFactory(username=role, role=role)
        if role == Role.SHOP_MANAGER:
            mine.staff.add(person)
    CashierFactory(store=mine)
    CashierFactory(store=foreign, name="Foreign cashier", number="9")
    revoked = TerminalFactory(store=mine)
    tokens = {
        TERMINAL: ApiTill(shop.terminal, NOW).token,
        FOREIGN_TERMINAL: ApiTill(TerminalFactory(store=StoreFactory(name="Foreign corner")), NOW).token,
        REVOKED: ApiTill(revoked, NOW).token,
    }
    revoke_terminal(terminal=revoked, actor=system("tests"), now=NOW)
    shop.terminal.refresh_from_db()
    _trade(shop, TerminalFactory(store=foreign, name="Foreign till"))
    _ground_rows()
    _twice()
    _feedback()
    _campaigns()
    _trial(shop)
    return World(shop, mine, foreign, tokens)


def _trade(shop: Shop, foreign_till: Terminal) -> None:
    member = shop.member()
    record_consent(
        member=member,
        purpose=Purpose.MARKETING,
        channel=Channel.EMAIL,
        action=ConsentAction.GRANTED,
        method="tests",
        proof="",
        actor=system("tests"),
        now=NOW,
    )
    _mail(member)
    _template()
    order = UploadOrder(file_name="customers.csv", blocks=[b"name,phone\nAnna,+12125550100\n"], default_region="US")
    batch = upload_file(order, actor=system("tests"), now=NOW)
    remove_file(batch.stored_name)  # the rows of the world are rolled back, a file would stay
    ImportRow.objects.create(batch=batch, line=2, raw=["Anna"], outcome=RowOutcome.CREATE)
    account = open_accounts(program_id=shop.program.pk, member_ids=[member.pk], now=NOW)[member.pk]
    post_openings(
        program=shop.program,
        openings=[Opening(account, 100, NOW, None)],
        batch_id=batch.pk,
        actor_label="import",
        now=NOW,
    )
    TillPolicy.objects.create(program=shop.program)
    raise_flag(
        FlagKind.DAY_LIMIT, "world", Subject(store_id=shop.till.store_id, member_id=member.pk), details={}, now=NOW
    )
    refresh_stages(now=NOW)
    sold = shop.sell({"A": "10.00", "C": "5.00"}, member, redeem="5")
    refresh_stages(now=NOW)  # a member who has moved
    shop.give_back(sold, {1: "1"})
    _by_hand(shop, member)
    _company(member)
    _offline(shop)
    _webhook()
    place_hold(shop.order({"A": "10.00"}, member), minutes=None, reference="web-1", now=NOW)
    series = CouponSeriesFactory(program=shop.program)
    issue_coupons(series=series, count=1, actor=system("tests"), now=NOW)
    Shop(shop.program, foreign_till).sell({"A": "10.00"}, None, number="foreign-1")


def _by_hand(shop: Shop, member: Member) -> None:
    """Somebody of the staff who asked for an adjustment and read a list in; both wait."""
    asker = Principal(Kind.STAFF, id=UserFactory(username="asker", role=Role.SUPPORT).pk, label="asker")
    adjust(shop.account(member).pk, Wish(5000, "goodwill"), actor=asker, now=NOW)
    order = ListOrder(shop.program, "Apology", "+12125550123;5", "goodwill", "US")
    draft_list(order, actor=asker, now=NOW)


def _trial(shop: Shop) -> None:
    """The draft, tried on the past."""
    run = start_replay(program=shop.program, from_on=None, actor=system("tests"), now=NOW + dt.timedelta(days=1))
    assert all(replay_chunk(run_id=run.pk, half=half, now=NOW).is_finished for half in (0, 1))


def _company(member: Member) -> None:
    """A company with a contact person, and a partner whose cards work here."""
    firm = create_company(name="Horizon Ltd", identifiers=[], region="US", actor=system("tests"), now=NOW)
    add_contact(company_id=firm.pk, person_id=member.pk, roles=["decides"], actor=system("tests"), now=NOW)
    save_issuer(CardIssuer(name="Other Shop", prefix="77", length=8))


def _offline(shop: Shop) -> None:
    """A receipt sold offline by somebody nobody knows."""
    line = OrderLine("C", Decimal(1), Decimal(5))
    order = OfflineReceipt("offline-receipt-1", "sale", NOW, "offline-1", b"0" * 32, shown="card …9999", lines=(line,))
    take_in(shop.till, [order], unreadable=0, now=NOW)


def _webhook() -> None:
    endpoint, _ = add_endpoint(url="https://example.com/hook", events=["sale.booked"], actor=system("tests"), now=NOW)
    WebhookDelivery.objects.create(
        endpoint=endpoint, event="sale.booked", subject="x", payload={"id": "x"}, next_at=NOW
    )


def _template() -> None:
    start_template(
        starter=STARTERS["welcome-back"], name="Hello", note="", languages=["en", "he"], actor=system("tests"), now=NOW
    )


def _campaigns() -> None:
    """A draft, and a campaign whose people are listed."""
    audience = Audience(name="Everybody")
    save_audience(audience=audience, criteria=(), actor=system("tests"), now=NOW)
    segment = Segment(name="Our best", name_ru="Лучшие", name_he="הטובים ביותר")
    save_segment(segment=segment, audience=audience, now=NOW)
    refresh_job(segment=segment.pk, now=NOW)
    template = Template.objects.get()
    Campaign.objects.create(name="A draft", audience=audience, template=template)
    campaign = Campaign.objects.create(name="Going out", audience=audience, template=template)
    approve_campaign(campaign_id=campaign.pk, actor=system("tests"), now=NOW)
    run = start_campaign(campaign_id=campaign.pk, actor=system("tests"), now=NOW)
    assert freeze_run(run_id=run.pk, turn=run.turn, now=NOW)


def _mail(member: Member) -> None:
    ContactBudget.objects.create(messages=3, days=7)
    IdentityPolicy.objects.create(pk=1)
    ProfilePolicy.objects.create(pk=1, asked=["interests", "came_by"])
    CustomField.objects.create(
        code="shoe_size", name="Shoe size", name_ru="Размер обуви", name_he="מידת נעליים", kind="number"
    )
    suppress(channel=Channel.EMAIL, address="gone@example.com", reason="hard_bounce", member_id=None, now=NOW)
    plan_messages(
        source="test",
        group=1,
        items=[(1, member.pk)],
        channel=Channel.EMAIL,
        purpose=Purpose.MARKETING,
        due_at=NOW,
    )


def _feedback() -> None:
    """An open survey with one answer."""
    survey = make_survey(now=NOW)
    message = make_message(Member.objects.get(name="Anna Petrova"), handed_at=NOW)
    token = invite(survey_id=survey.pk, items=[(message.member_id, message.pk)], now=NOW)[message.pk]
    submit_answer(token=token, score=9, comment="Fast and friendly", now=NOW + dt.timedelta(minutes=5))


def _twice() -> None:
    """Somebody who is in the base two times, found by a search."""
    for key in ("vera@example.com", "vera.k@example.com"):
        enrol_member(
            name="Vera Klein", identifiers=[("email", key)], region="US", actor=system("tests"), now=timezone.now()
        )
    Member.objects.filter(name="Vera Klein").update(birth_year=1980, birth_month=5, birth_day=12)
    scan = request_scan(now=timezone.now())
    assert scan_chunk(scan=scan.pk, now=timezone.now()).is_finished


def _ground_rows() -> None:
    now = timezone.now()
    ConsentWording.objects.create(purpose="marketing", language="en", version=1, text="Yes, write to me.")
    Job.objects.create(kind="programs.apply_import", run_at=now)
    boss = User.objects.get(username=Role.ADMINISTRATOR)
    order = ExportOrder("programs.purchase", "", "csv", "for the accountant", 1, created_by_id=boss.pk)
    order_export(order, actor=Principal(Kind.STAFF, boss.pk, boss.username, boss.role), now=now)
    assert Audit.objects.exists()  # publishing and enrolling have written some
    every = IntervalSchedule.objects.create(every=1, period="hours")
    CrontabSchedule.objects.create(hour="3")
    PeriodicTask.objects.create(name="hourly", task="loyalty_site.ground.tasks.tick", interval=every)


def row_of(model: Any) -> Any:
    """Any row of a model that the admin registers; the world must have one."""
    found = model._default_manager.order_by("pk").first()
    assert found is not None, f"tests/world.py has no {model._meta.label}: add a row"
    return found


def admin_models() -> list[Any]:
    return list(admin.site._registry)
