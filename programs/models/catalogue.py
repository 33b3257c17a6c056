"""What is sold, as far as rules need to know it."""

from __future__ import annotations

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


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

    @override
    def __str__(self) -> str:
        return self.name
