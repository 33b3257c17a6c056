"""People and companies, and where they live. What they bought and earned hangs on them in higher apps."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import override

from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now, Reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty_site.ground.models import Language
from members.models.profile import CameBy, SocialStatus, WalletShare

# The ways of consents.Channel, which imports this module.
WAYS = [("", _("not known")), ("email", _("e-mail")), ("sms", _("SMS")), ("phone", _("phone call"))]
_NOTHING = Value([], output_field=models.JSONField())


class MemberKind(models.TextChoices):
    PERSON = "person", _("person")
    COMPANY = "company", _("company")


class MemberStatus(models.TextChoices):
    ENROLLED = "enrolled", _("enrolled")
    CONTACT = "contact", _("contact only")
    ERASED = "erased", _("erased")
    MERGED = "merged", _("merged into another")


class Sex(models.TextChoices):
    UNKNOWN = "", _("not known")
    FEMALE = "f", _("female")
    MALE = "m", _("male")


class Member(models.Model):
    """A person or company we know. Keys to find them by are Identifier rows, never columns here."""

    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=MemberKind.choices, default=MemberKind.PERSON)
    status = models.CharField(_("status"), max_length=8, choices=MemberStatus.choices, default=MemberStatus.ENROLLED)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=200, blank=True)
    # Case and width folded; what the trigram index searches. Written by members.services only.
    search_name = models.CharField(max_length=200, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True)
    # A birthday without a year is common and enough for a present, so the year stands apart.
    birth_year = models.SmallIntegerField(_("year of birth"), null=True, blank=True)
    birth_month = models.SmallIntegerField(_("month of birth"), null=True, blank=True)
    birth_day = models.SmallIntegerField(_("day of birth"), null=True, blank=True)
    joined_on = models.DateField(_("member since"), null=True, blank=True)
    source = models.CharField(_("how they came"), max_length=40, blank=True)
    note = models.TextField(_("note"), blank=True)
    # Of a member who turned out to be somebody else's second record: whom to look at instead. Never a chain.
    survivor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    # Kept only where the company says so (ProfilePolicy).
    social_status = models.CharField(
        _("social status"), max_length=10, choices=SocialStatus.choices, blank=True, default="", db_default=""
    )
    interests = models.JSONField(_("interests"), default=list, db_default=_NOTHING, blank=True)
    cares_about = models.JSONField(_("what they value"), default=list, db_default=_NOTHING, blank=True)
    preferred_channel = models.CharField(
        _("preferred way to keep in touch"), max_length=6, choices=WAYS, blank=True, default="", db_default=""
    )
    came_by = models.CharField(
        _("what brought them"), max_length=10, choices=CameBy.choices, blank=True, default="", db_default=""
    )
    wallet_share = models.CharField(
        _("share of their purchases"), max_length=10, choices=WalletShare.choices, blank=True, default="", db_default=""
    )
    # {code of CustomField: value}, typed as members/rules/custom.py says.
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        indexes = [
            GinIndex(name="members_member_name_trgm", fields=["search_name"], opclasses=["gin_trgm_ops"]),
            models.Index(name="members_member_birthday", fields=["birth_month", "birth_day"]),
            # Only of those who have any: whoever asks repeats the condition.
            GinIndex(name="members_member_custom", fields=["custom"], condition=~Q(custom={})),
            models.Index(name="members_member_survivor", fields=["survivor"], condition=Q(survivor__isnull=False)),
            # For the filters of the list, where they find few.
            models.Index(name="members_member_kind", fields=["kind"], condition=~Q(kind="person")),
            models.Index(name="members_member_status", fields=["status"], condition=~Q(status="enrolled")),
            models.Index(name="members_member_language", fields=["language"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="members_birthday_whole",
                condition=Q(birth_month__isnull=True, birth_day__isnull=True, birth_year__isnull=True)
                | Q(birth_month__gte=1, birth_month__lte=12, birth_day__gte=1, birth_day__lte=31),
            ),
            models.CheckConstraint(
                name="members_merged_has_survivor",
                condition=Q(status="merged", survivor__isnull=False) | (~Q(status="merged") & Q(survivor__isnull=True)),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    @property
    def birth_date(self) -> dt.date | None:
        """The whole date, or None when the year (or everything) is unknown."""
        if self.birth_year and self.birth_month and self.birth_day:
            return dt.date(self.birth_year, self.birth_month, self.birth_day)
        return None


class Address(models.Model):
    """Where a member lives; as much of it as they cared to tell."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="addresses")
    city = models.CharField(_("city"), max_length=120, blank=True)
    street = models.CharField(_("street and house"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        indexes = [models.Index(name="members_address_city", fields=["city"])]
        constraints = [models.UniqueConstraint(name="members_one_address", fields=["member"])]

    @override
    def __str__(self) -> str:
        return ", ".join(filter(None, [self.city, self.street]))


class IdentifierKind(models.TextChoices):
    """Extensible: a new kind is a new choice and its normaliser in members/rules/identifiers.py."""

    PHONE = "phone", _("phone")
    CARD = "card", _("card")
    CODE = "code", _("code")
    EMAIL = "email", _("e-mail")


class BlockReason(models.TextChoices):
    """Why a key is refused at the till for now."""

    NONE = "", _("no reason noted")
    LOST = "lost", pgettext_lazy("of a card", "lost")
    STOLEN = "stolen", _("stolen")
    MISUSE = "misuse", _("misused")
    ON_REQUEST = "on_request", _("the member asked for it")


class EndedAs(models.TextChoices):
    """How a key came to its end."""

    NONE = "", _("no reason noted")
    REPLACED = "replaced", _("replaced by a new one")
    REMOVED = "removed", _("taken off")
    HANDED_OVER = "handed_over", _("the number has a new owner")
    WITHDRAWN = "withdrawn", _("lent, and taken back")


class Identifier(models.Model):
    """One way to find a member. `value` is normalised; `shown` is as a person would write it."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=12, choices=IdentifierKind.choices)
    value = models.CharField(_("value"), max_length=254)
    shown = models.CharField(_("as written"), max_length=254, blank=True)
    is_blocked = models.BooleanField(_("blocked"), default=False, db_default=False)
    blocked_for = models.CharField(
        _("blocked because"), max_length=12, choices=BlockReason.choices, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    ended_as = models.CharField(
        _("ended because"), max_length=12, choices=EndedAs.choices, blank=True, default="", db_default=""
    )
    # A lent key still leads to its owner, who earns by it; `lent_to` is who carries it, where that is known.
    lent_at = models.DateTimeField(_("lent since"), null=True, blank=True)
    lent_to = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("lent to"),
    )
    may_spend = models.BooleanField(_("may spend"), default=True, db_default=True)
    issuer = models.ForeignKey(
        "members.CardIssuer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=pgettext_lazy("a card", "issued by"),
    )

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        indexes = [
            # By the last digits of a phone or card, and by how an address begins: what people remember of them.
            models.Index(
                OpClass(Reverse("value"), name="text_pattern_ops"),
                name="members_identifier_tail",
                condition=Q(ended_at__isnull=True) & ~Q(kind="email"),
            ),
            models.Index(
                name="members_identifier_mail",
                fields=["value"],
                opclasses=["varchar_pattern_ops"],
                condition=Q(ended_at__isnull=True, kind="email"),
            ),
            models.Index(name="members_identifier_lent_to", fields=["lent_to"], condition=Q(lent_to__isnull=False)),
            models.Index(name="members_identifier_issuer", fields=["issuer"], condition=Q(issuer__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                name="members_identifier_live",
                fields=["value", "kind"],
                condition=Q(ended_at__isnull=True),
                include=["member", "is_blocked"],
            ),
            models.CheckConstraint(name="members_identifier_not_empty", condition=~Q(value="")),
            models.CheckConstraint(
                name="members_identifier_times", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("created_at"))
            ),
            models.CheckConstraint(
                name="members_identifier_lent",
                condition=Q(lent_at__isnull=False) | Q(lent_to__isnull=True, may_spend=True),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.shown or self.value


class RelationKind(models.TextChoices):
    HOUSEHOLD = "household", _("household")


class Relation(models.Model):
    """Two members who belong together. A household has one head, and a row for everybody else in it."""

    kind = models.CharField(_("kind"), max_length=10, choices=RelationKind.choices, default=RelationKind.HOUSEHOLD)
    head = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("head"))
    other = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        constraints = [
            models.CheckConstraint(name="members_relation_two_people", condition=~Q(head=F("other"))),
            # In one household at a time.
            models.UniqueConstraint(
                name="members_relation_live", fields=["other", "kind"], condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(name="members_relation_head", fields=["head"], condition=Q(ended_at__isnull=True))]
