"""Calendars: days with a name, such as public holidays, that rules of any programme may ask about."""

from __future__ import annotations

import datetime as dt
from typing import override

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Calendar(models.Model):
    """A list of days. A published version has its own copy of those calendars that its rules name."""

    key = models.SlugField(
        _("key"), max_length=40, unique=True, help_text=_("What rules call it; it stays as it is once a rule does.")
    )
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]

    @override
    def __str__(self) -> str:
        return self.name


class CalendarDay(models.Model):
    """A day of a calendar: of one year, or of every year."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="days")
    day = models.PositiveSmallIntegerField(_("day"), validators=[MinValueValidator(1), MaxValueValidator(31)])
    month = models.PositiveSmallIntegerField(_("month"), validators=[MinValueValidator(1), MaxValueValidator(12)])
    year = models.PositiveSmallIntegerField(
        _("year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2000), MaxValueValidator(2200)],
        help_text=_("Empty: every year. 29 February is kept on the 28th in other years."),
    )
    name = models.CharField(_("what it is"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("day of a calendar")
        verbose_name_plural = _("days of calendars")
        ordering = ["year", "month", "day"]
        constraints = [
            models.UniqueConstraint(
                name="programs_calendar_day_once", fields=["calendar", "month", "day", "year"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="programs_calendar_day_fits", condition=Q(month__range=(1, 12), day__range=(1, 31))
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}-{self.day:02}" if self.year else f"{self.month:02}-{self.day:02}"

    @override
    def clean(self) -> None:
        """30 February is no day."""
        if self.day and self.month:
            try:
                dt.date(self.year or 2024, self.month, self.day)  # 2024 has a 29 February
            except ValueError as error:
                raise ValidationError({"day": _("That month has no such day.")}) from error
