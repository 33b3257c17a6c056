"""What the demonstration's people allow, and in which language they read.

An import never brings a consent, so without this nobody could be written to. Who buys is asked at the till with the
first receipt, and some change their minds later; for others the shop finds the form they signed when they joined.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import accumulate

from django.db import transaction
from django.db.models import Min

from loyalty_site.demo.company import ACTOR
from loyalty_site.demo.people import Person
from loyalty_site.demo.receipts import draw
from loyalty_site.ground.models import ConsentWording, Language
from members.models import Channel, Consent, ConsentAction, Identifier, IdentifierKind, Member, MemberKind, Purpose
from members.services import record_consent, set_language
from programs.models import Purchase, PurchaseKind

AT_THE_TILL = "terminal"
AGREEING_PERCENT = 70
# The rest get English, the company's first language.
LANGUAGES = {Language.RU: 14, Language.HE: 14}
CHANGING_THEIR_MIND_PERCENT = 10
WORDINGS = {
    Purpose.PROCESSING: {
        Language.EN: "I agree that Corner Market keeps my data to run its loyalty programme.",
        Language.RU: "Я согласен, чтобы Corner Market хранил мои данные для программы лояльности.",
        Language.HE: "אני מסכים ש-Corner Market ישמרו את הנתונים שלי לצורך תוכנית הנאמנות.",
    },
    Purpose.MARKETING: {
        Language.EN: "I agree to receive offers and news from Corner Market. I can take this back at any time.",
        Language.RU: "Я согласен получать предложения и новости от Corner Market. Согласие можно отозвать в любой момент.",
        Language.HE: "אני מסכים לקבל הצעות וחדשות מ-Corner Market. אפשר לבטל את ההסכמה בכל עת.",
    },
}


@transaction.atomic
def ask(*, until: dt.datetime) -> bool:
    """Ask everybody who has bought and was not asked yet; False when an earlier run had asked them all."""
    wordings = {purpose: _wording(purpose) for purpose in WORDINGS}
    asked = set(Consent.objects.filter(method=AT_THE_TILL).values_list("member_id", flat=True))
    firsts = Purchase.objects.filter(kind=PurchaseKind.SALE, member__kind=MemberKind.PERSON).values("member_id")
    new = [row for row in firsts.annotate(first=Min("id")).order_by("first") if row["member_id"] not in asked]
    receipts = Purchase.objects.in_bulk([row["first"] for row in new])
    for row in new:
        _ask_one(receipts[row["first"]], wordings, until)
    return bool(new)


@transaction.atomic
def find_forms(everybody: Iterable[Person]) -> bool:
    """Note the signed forms of those whom the customer file says yes of and nobody has asked; False when all were."""
    wording = _wording(Purpose.MARKETING)
    known = set(Consent.objects.filter(purpose=Purpose.MARKETING).values_list("member_id", flat=True))
    asked = known | set(Consent.objects.filter(method=AT_THE_TILL).values_list("member_id", flat=True))
    signed = {person.card: person for person in everybody if person.consent == "yes" and person.email}
    cards = Identifier.objects.filter(kind=IdentifierKind.CARD, value__in=signed, ended_at__isnull=True)
    new = [card for card in cards.select_related("member").order_by("value") if card.member_id not in asked]
    for card in new:
        joined = signed[card.value].joined
        at = dt.datetime.combine(joined, dt.time(12), tzinfo=dt.UTC)
        note = partial(
            record_consent,
            member=card.member,
            purpose=Purpose.MARKETING,
            channel=Channel.EMAIL,
            wording=wording,
            actor=ACTOR,
        )
        note(action=ConsentAction.GRANTED, method="paper", proof=f"form signed on {joined}", now=at)
        if draw(card.value, "changes") % 100 < CHANGING_THEIR_MIND_PERCENT:
            later = at + dt.timedelta(days=90)
            note(action=ConsentAction.WITHDRAWN, method="phone", proof="called the shop", now=later)
    return bool(new)


@transaction.atomic
def note_languages(*, now: dt.datetime) -> None:
    """The language in which each member wants mail, wherever none is noted yet."""
    for member in Member.objects.filter(language=""):
        number = draw(member.name, "language") % 100
        language = next((code for code, share in _shares() if number < share), Language.EN)
        set_language(member=member, language=language, now=now)


def _shares() -> Iterator[tuple[Language, int]]:
    """(language, the percentage at which it ends)."""
    return zip(LANGUAGES, accumulate(LANGUAGES.values()), strict=True)


def figures() -> str:
    """How many people may be written to, and how many took it back."""
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
        # Everybody has a phone. Nobody agrees to mail that could not reach them.
        has_email = member.identifiers.filter(kind=IdentifierKind.EMAIL).exists()
        wanted.append((Purpose.MARKETING, Channel.EMAIL if has_email else Channel.SMS))
    note = partial(record_consent, member=member, method=AT_THE_TILL, actor=ACTOR)
    for purpose, channel in wanted:
        note(
            purpose=purpose,
            channel=channel,
            action=ConsentAction.GRANTED,
            wording=wordings[purpose],
            proof=proof,
            now=receipt.occurred_at,
        )
    later = receipt.occurred_at + dt.timedelta(days=30)
    if (
        len(wanted) > 1
        and later < until
        and draw(receipt.receipt_number, "changes") % 100 < CHANGING_THEIR_MIND_PERCENT
    ):
        purpose, channel = wanted[1]
        note(
            purpose=purpose,
            channel=channel,
            action=ConsentAction.WITHDRAWN,
            wording=wordings[purpose],
            proof="asked at the till",
            now=later,
        )


def _wording(purpose: Purpose) -> ConsentWording:
    """The English words, which the cashier reads out; the others are for those who join by themselves."""
    for language, text in WORDINGS[purpose].items():
        if not ConsentWording.objects.filter(purpose=purpose, language=language).exists():
            ConsentWording.objects.create(purpose=purpose, language=language, version=1, text=text)
    return ConsentWording.objects.filter(purpose=purpose, language=Language.EN).latest("version")
