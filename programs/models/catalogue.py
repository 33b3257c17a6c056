"""What is sold, as far as rules need to know it."""

from __future__ import annotations

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from programs.rules.importing.products import BARCODE_MAX, BARCODES_MAX


class Category(models.Model):
    """A group of products. Rules name it by `code`."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["name"]

    @override
    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """One article. A sale of an unknown SKU still counts; it simply has no category."""

    sku = models.CharField(_("SKU"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    price = models.DecimalField(
        _("price (money a piece)"),
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "What one piece usually costs on the shelf, or one kilogram of what is weighed. The till page proposes it and the "
            "cashier may change it. No rule asks for it."
        ),
    )
    # No two products should have one barcode. Lists cannot be held to that by a constraint: form and import look, one at a time.
    barcodes = ArrayField(
        models.CharField(max_length=BARCODE_MAX),
        verbose_name=_("barcodes"),
        size=BARCODES_MAX,
        default=list,
        db_default=[],
        blank=True,
        help_text=_(
            "What scanners read on it when that is not the SKU, with commas between them or each on its line. Each belongs to one product only."
        ),
    )
    cost = models.DecimalField(
        _("costs us (money a piece)"),
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "What you pay for one piece, or for one kilogram of what is weighed, as it is in your prices (with the tax, if they are). With it "
            "forecasts reckon what is left of a sale, and a rule that sells it too cheap is warned about. Empty: the "
            "programme's average margin is taken."
        ),
    )
    brand = models.CharField(
        _("brand"),
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text=_("Rules name a brand exactly as it is written here."),
    )
    labels = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("labels"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_(
            "Such as organic or own brand, with commas between them. Rules name a label as it is written here."
        ),
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name"]
        # Whose barcode is this? Asked for each one that a form or a file brings, and by the list's search.
        indexes = [GinIndex(name="programs_product_barcodes", fields=["barcodes"])]

    @override
    def __str__(self) -> str:
        return self.name
