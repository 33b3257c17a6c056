"""A file on its way in: the batch, and one staged row per record of the file.

Here and not in members, because a customer file carries balances and tiers, and other files carry products.
"""

from __future__ import annotations

from typing import Any, override

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from programs.models.programs import Program


class ImportState(models.TextChoices):
    """reading (a large file) -> uploaded -> checking -> checked -> applying -> done; refused when the file is no table.

    done -> undoing -> undone; an undone one that had to leave people as they are may be undone again for them.
    """

    READING = "reading", _("being read")
    UPLOADED = "uploaded", _("uploaded")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked, not yet applied")
    APPLYING = "applying", _("being applied")
    DONE = "done", _("applied")
    REFUSED = "refused", _("refused")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")


class PointsMode(models.TextChoices):
    """What a points column does to people who already have a balance. New people always get it as opening balance."""

    ASK = "", _("leave known people's balances alone")
    ADD = "add", _("add to the balance")
    SET = "set", _("set the balance")
    IGNORE = "ignore", _("ignore the column altogether")


class ImportKind(models.TextChoices):
    """What the rows of a file are about."""

    CUSTOMERS = "customers", _("customers")
    PRODUCTS = "products", _("products")
    STORES = "stores", _("stores")
    COUPONS = "coupons", _("coupon codes")
    RECEIPTS = "receipts", _("receipts from before")


class ImportBatch(models.Model):
    """One file: how it was read, what it will do, and how far it has got."""

    kind = models.CharField(
        _("what is in it"),
        max_length=12,
        choices=ImportKind.choices,
        default=ImportKind.CUSTOMERS,
        db_default=ImportKind.CUSTOMERS,
    )

    file = models.FileField(_("file"), upload_to="imports/", max_length=300)
    file_name = models.CharField(_("file name"), max_length=200)
    file_hash = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    state = models.CharField(_("state"), max_length=8, choices=ImportState.choices, default=ImportState.UPLOADED)
    file_error = models.CharField(_("why refused"), max_length=40, blank=True)
    file_error_line = models.PositiveIntegerField(null=True, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    header_line = models.PositiveIntegerField(_("header on line"), null=True, blank=True)
    # [[header, field], ...] in the file's order: JSONB would lose the order of an object's keys.
    mapping = models.JSONField(_("meaning of the columns"), default=list, blank=True)
    reading = models.JSONField(_("how values are read"), default=dict, blank=True)
    # What a person chose for the whole file, by its kind: {"series": id} of coupons.
    terms = models.JSONField(_("chosen for the whole file"), default=dict, blank=True, db_default={})
    default_region = models.CharField(_("country of bare phones"), max_length=2, blank=True)
    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    points_mode = models.CharField(_("points column"), max_length=6, choices=PointsMode.choices, blank=True)
    # Of a file with consents: {"place", "by", "channels", "wording"}, as the person who imports it declared.
    consent_source = models.JSONField(_("where the consents come from"), default=dict, blank=True, db_default={})
    totals = models.JSONField(_("totals"), default=dict, blank=True)
    job = models.ForeignKey("ground.Job", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("uploaded"), db_default=Now(), editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    @override
    def __str__(self) -> str:
        return self.file_name

    @property
    def stored_name(self) -> str:
        """The file below MEDIA_ROOT; "" before it was stored."""
        return self.file.name or ""


class RowOutcome(models.TextChoices):
    CREATE = "create", _("new")
    UPDATE = "update", _("changed")
    UNCHANGED = "unchanged", _("nothing new")
    REJECT = "reject", _("rejected")
    SKIP = "skip", _("no row of data")


class UndoOutcome(models.TextChoices):
    """What undoing did with a row: taken back, or why its person (or thing) was left as they are."""

    UNDONE = "undone", _("taken back")
    EDITED = "edited", _("somebody changed this person since")
    KEYS = "keys", _("their phones, cards or addresses have changed since")
    BOUGHT = "bought", _("they have bought something since")
    SPENT = "spent", _("they have spent the points, or hold them for a purchase")
    MOVED = "moved", _("their points have moved since")
    BURNT = "burnt", _("the points have burnt since")
    CONSENT = "consent", _("they have said since what they want to receive")
    HOUSEHOLD = "household", _("they share an account with somebody since")
    MERGED = "merged", _("they were merged with somebody since")
    ERASED = "erased", _("they were erased since")
    CHANGED = "changed", _("somebody changed it since")
    SOLD = "sold", _("it has been sold since")
    WORKING = "working", _("it has tills, cashiers, staff or receipts by now")
    USED = "used", _("it has been used, set aside, given away or withdrawn since")
    CITED = "cited", _("a rule of a programme names it")
    GONE = "gone", _("it is not there any more")
    NO_PICTURE = "no_picture", _("how they were before the import is not known any more")
    # Of a receipt that an import brought.
    RETURNED = "returned", _("goods of this receipt have come back since")
    ADJUSTED = "adjusted", _("this member was given or taken points by hand since")
    NAMED = "named", _("something else names this receipt by now")


class ImportRow(models.Model):
    """One record of the file, as it was and as it was understood. Holds personal data: the retention job empties it."""

    # Found by the constraint on batch and line.
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, db_index=False, related_name="rows")
    line = models.PositiveIntegerField(_("line"))
    raw = models.JSONField(_("as in the file"))
    values = models.JSONField(_("understood as"), default=dict)
    outcome = models.CharField(_("outcome"), max_length=9, choices=RowOutcome.choices)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    warnings = models.JSONField(_("warnings"), default=list)
    # Indexed where there is one: a row that is only staged costs no entry.
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    # The product, store, coupon or receipt that a row of another kind is about.
    object_id = models.BigIntegerField(null=True, blank=True)
    # The row of this file that first named the same person (or thing): both end in one member.
    same_as = models.PositiveIntegerField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    # "" not asked for, "undone", or why this person was left as they are.
    undo = models.CharField(_("undoing"), max_length=20, choices=UndoOutcome.choices, blank=True, db_default="")

    class Meta:
        verbose_name = _("row")
        verbose_name_plural = _("rows")
        ordering = ["line"]
        constraints = [models.UniqueConstraint(name="programs_importrow_line", fields=["batch", "line"])]
        indexes = [
            models.Index(name="programs_importrow_member", fields=["member"], condition=Q(member__isnull=False)),
            models.Index(name="programs_importrow_outcome", fields=["batch", "outcome"]),
            models.Index(
                name="programs_importrow_same", fields=["batch", "same_as"], condition=Q(same_as__isnull=False)
            ),
            models.Index(
                name="programs_importrow_kept", fields=["batch", "line"], condition=~Q(undo__in=["", "undone"])
            ),
        ]

    @property
    def state(self) -> dict[str, Any]:
        """What is stored after the row. Of somebody (or something) new it is what the row gives, unless it says more."""
        return self._kept("state") or {}

    @property
    def changed(self) -> list[str]:
        """The fields that the row changes: all of somebody new."""
        return list(self._kept("changed") or ())

    def _kept(self, name: str) -> Any:
        return self.values[name] if name in self.values else self.values.get("given")


class ImportKey(models.Model):
    """A phone, e-mail, card, code or SKU that some row of the batch named, and the first row of that person or thing.

    How a later row finds the one of an earlier row while the file is being checked; emptied when applied.
    """

    # Three rows for every row of a file, each read once or twice: one index, and the batch is a number. Whoever throws a
    # batch away throws its keys away (services/importing/batches.py).
    pk = models.CompositePrimaryKey("batch_id", "kind", "value")
    batch_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    value = models.CharField(max_length=254)
    line = models.PositiveIntegerField()
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = _("key in a file")
        verbose_name_plural = _("keys in a file")
        indexes = [models.Index(name="programs_importkey_member", fields=["member"], condition=Q(member__isnull=False))]
