"""What the demonstration's people allow: asked at the till with their first receipt, some change their minds later.

An import never brings a consent, so without this step nobody could be written to.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Min

from loyalty_site.demo.company import ACTOR
from loyalty_site.demo.receipts import draw
from loyalty_site.ground.models import ConsentWording, Language
from members.models import Channel, Consent, ConsentAction, Member, Purpose
from members.services import record_consent
from programs.models import Purchase, PurchaseKind

AGREEING_PERCENT = 70
CHANGING_THEIR_MIND_PERCENT = 10
WORDINGS = {
    Purpose.PROCESSING: "I agree that Corner Market keeps my data to run its loyalty programme.",
    Purpose.MARKETING: "I agree to receive offers and news from Corner Market. I can take this back at any time.",
}


def ask(*, until: dt.datetime) -> bool:
    """Ask everybody who has bought and was not asked yet; False when an earlier run had asked them all."""
    wordings = {purpose: _wording(purpose) for purpose in WORDINGS}
    asked = set(Consent.objects.values_list("member_id", flat=True))
    firsts = Purchase.objects.filter(kind=PurchaseKind.SALE, member__isnull=False).values("member_id")
    new = [row for row in firsts.annotate(first=Min("id")).order_by("first") if row["member_id"] not in asked]
    receipts = Purchase.objects.in_bulk([row["first"] for row in new])
    for row in new:
        _ask_one(receipts[row["first"]], wordings, until)
    return bool(new)


def figures() -> str:
    """How many people are reachable by e-mail, and how many took it back."""
    offers = Consent.objects.filter(purpose=Purpose.MARKETING)
    agreed = offers.filter(action=ConsentAction.GRANTED).count()
    withdrawn = offers.filter(action=ConsentAction.WITHDRAWN).count()
    return f"{agreed:,} agreed to offers, {withdrawn:,} took it back"


def _ask_one(receipt: Purchase, wordings: dict[Purpose, ConsentWording], until: dt.datetime) -> None:
    member = receipt.member
    assert member is not None  # only receipts with a card are asked about
    proof = f"receipt {receipt}"
    wanted: list[tuple[Purpose, Channel]] = [(Purpose.PROCESSING, Channel.NONE)]
    if draw(receipt.receipt_number, "agrees") % 100 < AGREEING_PERCENT:
        wanted.append((Purpose.MARKETING, Channel.EMAIL))
    for purpose, channel in wanted:
        _record(
            member, purpose, channel, ConsentAction.GRANTED, wordings[purpose], "terminal", proof, receipt.occurred_at
        )
    later = receipt.occurred_at + dt.timedelta(days=30)
    if (
        len(wanted) > 1
        and later < until
        and draw(receipt.receipt_number, "changes") % 100 < CHANGING_THEIR_MIND_PERCENT
    ):
        marketing = wordings[Purpose.MARKETING]
        _record(member, *wanted[1], ConsentAction.WITHDRAWN, marketing, "terminal", "asked at the till", later)


def _record(
    member: Member,
    purpose: Purpose,
    channel: Channel,
    action: ConsentAction,
    wording: ConsentWording,
    method: str,
    proof: str,
    now: dt.datetime,
) -> None:
    record_consent(
        member=member,
        purpose=purpose,
        channel=channel,
        action=action,
        method=method,
        proof=proof,
        actor=ACTOR,
        now=now,
        wording=wording,
    )


def _wording(purpose: Purpose) -> ConsentWording:
    known = ConsentWording.objects.filter(purpose=purpose, language=Language.EN).order_by("-version").first()
    return known or ConsentWording.objects.create(
        purpose=purpose, language=Language.EN, version=1, text=WORDINGS[purpose]
    )
