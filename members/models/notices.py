"""What the till should say to a member: a line that somebody in the office, or an app above us, has written."""

from __future__ import annotations

from typing import override

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.people import Member

TEXT_MAX = 200


class Notice(models.Model):
    """One line for the cashier, shown while the member is in front of them: until a day, or until somebody has said it."""

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("member")
    )
    text = models.CharField(_("what the till should say"), max_length=TEXT_MAX)
    source = models.CharField(_("written by"), max_length=150)
    created_at = models.DateTimeField(_("written"))
    show_until = models.DateField(_("last day"), null=True, blank=True)
    is_once = models.BooleanField(_("until it has been said"), default=False)
    done_at = models.DateTimeField(_("said or withdrawn"), null=True, blank=True)
    done_by = models.CharField(_("by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("notice for the till")
        verbose_name_plural = _("notices for the till")
        indexes = [models.Index(name="members_notice_member", fields=["member", "-id"])]

    @override
    def __str__(self) -> str:
        return self.text
