"""Segments: named groups of members that rules may ask about, and who is in them."""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from members.models.people import Member


class Segment(models.Model):
    """A group by its key and names. Whatever fills it is a row of an app above us: `filled_by` is its kind, such as
    "campaigns.audience", `filled_by_id` its number. There is no foreign key, because members knows no app above."""

    key = models.SlugField(_("key"), max_length=40, unique=True, editable=False)
    name = models.CharField(pgettext_lazy("of a segment", "name"), max_length=80, unique=True)
    name_ru = models.CharField(_("name in Russian"), max_length=80, blank=True)
    name_he = models.CharField(_("name in Hebrew"), max_length=80, blank=True)
    filled_by = models.CharField(_("what fills it"), max_length=40, editable=False)
    filled_by_id = models.BigIntegerField(_("its number"), editable=False)
    refreshed_at = models.DateTimeField(_("refreshed"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]

    @override
    def __str__(self) -> str:
        return self.label(get_language() or "")

    def label(self, language: str) -> str:
        """The name in a language, the company's own where there is none."""
        return {"ru": self.name_ru, "he": self.name_he}.get(language[:2]) or self.name


class SegmentMember(models.Model):
    """That somebody is in a segment now; the row goes when they are not any more."""

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("segment")
    )
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("member"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("member of a segment")
        verbose_name_plural = _("members of segments")
        constraints = [models.UniqueConstraint(name="members_segmentmember_once", fields=["segment", "member"])]
