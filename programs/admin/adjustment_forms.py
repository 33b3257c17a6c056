"""What a person fills in to change points: one account's, a burnt lot's, a household's, or a whole list's."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, override

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty_site.ground.rules.money import to_minor
from members.models import Member
from members.queries import find_by_identifier
from members.services import guess_identifiers
from programs.models import AdjustmentReason, Program, ProgramState
from programs.queries.company import default_region
from programs.services.adjusting import ListOrder, text_of_file
from programs.services.adjustments import Wish, end_of_day

LIST_BYTES_MAX = 10 * 1024 * 1024
POINTS_MAX = Decimal(10) ** 9


class PointsField(forms.DecimalField):
    """Points with at most the decimals of the programme; the value is minor points."""

    def __init__(self, program: Program, **options: Any) -> None:
        self.program = program
        options.setdefault("label", _("Points"))
        step = format(Decimal(1).scaleb(-program.point_decimals), "f")
        super().__init__(
            max_digits=12,
            decimal_places=program.point_decimals,
            max_value=POINTS_MAX,
            widget=UnfoldAdminDecimalFieldWidget(attrs={"step": step, "dir": "ltr"}),
            **options,
        )

    def minor(self, value: Decimal) -> int:
        """The whole smallest parts of a point."""
        return to_minor(value, self.program.point_decimals)


class PersonField(forms.CharField):
    """Somebody by any key they carry; the value is the Member."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            help_text=_("Phone in any spelling, card, code or e-mail"), widget=UnfoldAdminTextInputWidget, **options
        )

    @override
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        keys = guess_identifiers(text=text, region=default_region())
        found = {member.pk: member for kind, key in keys if (member := find_by_identifier(kind, key)) is not None}
        if len(found) != 1:
            raise forms.ValidationError(
                _("Nobody has this phone, card, code or e-mail.")
                if not found
                else _("Several people could be meant. Type another of their keys.")
            )
        return next(iter(found.values()))


class WhoseForm(forms.Form):
    """Whose points are to be changed?"""

    member = PersonField(label=_("Member"))

    def found(self) -> Member:
        """The person."""
        member: Member = self.cleaned_data["member"]
        return member


class AdjustForm(forms.Form):
    """One account's points. With `most` (minor points) only up to that many can be given: a burnt lot's."""

    reason = forms.ChoiceField(label=_("Reason"), choices=AdjustmentReason.choices, widget=UnfoldAdminSelectWidget)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        help_text=_("For your colleagues. It is shown with the adjustment and nowhere else."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    burns_on = forms.DateField(
        label=_("Can be spent until"),
        required=False,
        help_text=_("The last day. Empty: by the programme's rule."),
        widget=UnfoldAdminDateWidget,
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ("points", "reason", "note", "burns_on", "key")

    def __init__(self, *args: Any, program: Program, most: Decimal | None = None, **options: Any) -> None:
        options["initial"] = {"key": uuid.uuid4()} | ({"points": most} if most is not None else {})
        super().__init__(*args, **options)
        self.program = program
        if most is None:
            points = PointsField(program, help_text=_("With a minus to take them: −50"), min_value=-POINTS_MAX)
        else:
            points = PointsField(program, min_value=Decimal(1).scaleb(-program.point_decimals))
        self.fields["points"] = points
        self.order_fields(self.field_order)

    def wish(self) -> Wish:
        """What the service wants to know."""
        data = self.cleaned_data
        return Wish(
            points=self.fields["points"].minor(data["points"]),  # type: ignore[attr-defined]
            reason=data["reason"],
            note=data["note"].strip(),
            expires_at=end_of_day(data["burns_on"], self.program) if data["burns_on"] else None,
            key=data["key"],
        )


class ListForm(forms.Form):
    """A list, uploaded or pasted."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("How your colleagues will find it again: “Apology for 3 July”."),
        widget=UnfoldAdminTextInputWidget,
    )
    program = forms.ModelChoiceField(
        Program.objects.exclude(state=ProgramState.CLOSED), label=_("Programme"), widget=UnfoldAdminSelectWidget
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("CSV or text: one person a line, a phone, card, code or e-mail, a semicolon, the points."),
        widget=UnfoldAdminFileFieldWidget,
    )
    text = forms.CharField(
        label=_("or paste the lines"),
        required=False,
        help_text=_("A minus takes points away. Commas and points are both understood: 12,5 and 12.50."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "dir": "ltr", "placeholder": "+1 212 555 0123;50"}),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=AdjustmentReason.choices, widget=UnfoldAdminSelectWidget)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    burns_on = forms.DateField(
        label=_("Can be spent until"),
        required=False,
        help_text=_("The last day. Empty: by the programme's rule."),
        widget=UnfoldAdminDateWidget,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["program"]
        programs = list(field.queryset[:2])
        if len(programs) == 1:
            field.initial = programs[0]
            field.widget = forms.HiddenInput()

    @override
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        upload = data.get("file")
        if upload and upload.size > LIST_BYTES_MAX:
            self.add_error("file", _("The file is larger than 10 MB. Cut it into several."))
        elif not upload and not data.get("text", "").strip():
            self.add_error("text", _("Upload a file or paste the lines."))
        return data

    def order(self) -> ListOrder:
        """What the service wants to know."""
        data = self.cleaned_data
        burns_on = data["burns_on"]
        return ListOrder(
            program=data["program"],
            name=data["name"],
            text=text_of_file(data["file"].read()) if data["file"] else data["text"],
            reason=data["reason"],
            region=default_region(),
            note=data["note"].strip(),
            expires_at=end_of_day(burns_on, data["program"]) if burns_on else None,
        )
