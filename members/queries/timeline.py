"""What happened to a person, as members knows it: keys, consents, messages, records made one."""

from __future__ import annotations

import datetime as dt

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from loyalty_site.ground.rules.timeline import PAGE, Happening
from members.models import Consent, EndedAs, Identifier, Member, Merge, Message
from members.queries.consent_words import way_in_words

# Their own app tells of these, by the name of the campaign.
CAMPAIGNS = "campaign"


def happenings_of(member_id: int, *, before: dt.datetime) -> list[Happening]:
    """The PAGE newest of each sort before a moment."""
    return [*_beginning(member_id, before), *_keys(member_id, before), *_consents(member_id, before),
            *_messages(member_id, before), *_merges(member_id, before)]  # fmt: skip


def _beginning(member_id: int, before: dt.datetime) -> list[Happening]:
    rows = Member.objects.filter(pk=member_id, created_at__lt=before).values_list("created_at", "source")
    return [Happening(at, _("Entered here"), way_in_words(source)) for at, source in rows]


def _keys(member_id: int, before: dt.datetime) -> list[Happening]:
    keys = Identifier.objects.filter(member=member_id)
    begun = keys.filter(created_at__lt=before).order_by("-created_at")[:PAGE]
    ended = keys.filter(ended_at__lt=before).order_by("-ended_at")[:PAGE]
    return [
        *(
            Happening(
                key.created_at,
                _("A way to find them was added"),
                str(key.get_kind_display()),
                needs="members.identifier",
            )
            for key in begun
        ),
        *(
            Happening(
                key.ended_at,
                _("A way to find them ended"),
                f"{key.get_kind_display()}: {EndedAs(key.ended_as).label}",
                needs="members.identifier",
            )
            for key in ended
            if key.ended_at
        ),
    ]


def _consents(member_id: int, before: dt.datetime) -> list[Happening]:
    rows = Consent.objects.filter(member=member_id, given_at__lt=before).order_by("-given_at")[:PAGE]
    return [
        Happening(
            row.given_at,
            _("Consent: %(act)s") % {"act": row.get_action_display()},
            _of_consent(row),
            needs="members.consent",
        )
        for row in rows
    ]


def _of_consent(row: Consent) -> str:
    parts = [str(row.get_purpose_display()), str(row.get_channel_display()) if row.channel else ""]
    return ", ".join(filter(None, parts))


def _messages(member_id: int, before: dt.datetime) -> list[Happening]:
    rows = Message.objects.filter(member=member_id).exclude(source=CAMPAIGNS)
    sent = rows.annotate(at=Coalesce("handed_at", "finished_at")).filter(at__lt=before).order_by("-at")[:PAGE]
    return [
        Happening(
            row.at,
            _("Message by %(way)s") % {"way": row.get_channel_display()},
            str(row.get_state_display()),
            needs="members.message",
        )
        for row in sent
    ]


def _merges(member_id: int, before: dt.datetime) -> list[Happening]:
    rows = Merge.objects.filter(survivor=member_id).select_related("merged")
    made = rows.filter(merged_at__lt=before).order_by("-merged_at")[:PAGE]
    undone = rows.filter(undone_at__lt=before).order_by("-undone_at")[:PAGE]
    return [
        *(Happening(row.merged_at, _("Became one with another record"), str(row.merged)) for row in made),
        *(Happening(row.undone_at, _("Became two records again"), str(row.merged)) for row in undone if row.undone_at),
    ]
