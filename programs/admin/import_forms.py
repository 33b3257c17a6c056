"""The forms of the import's first two steps: the file, and what its columns mean."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, override

import phonenumbers
from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty_site.ground.models import Company, ConsentWording
from members.models import Channel, Purpose
from programs.admin.import_kinds import KindWords, words_of
from programs.models import (
    CouponSeries,
    ImportBatch,
    ImportKind,
    ImportState,
    Partner,
    PointsMode,
    Program,
    ProgramState,
)
from programs.rules.importing.consents import WAYS
from programs.rules.importing.headings import CONSENT_FIELDS, consent_way
from programs.rules.importing.kinds import VOCABULARIES
from programs.rules.importing.plan import Plan
from programs.services.importing import Meaning, propose

ENCODINGS = [
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7"),
    *("cp1251", "koi8-r", "koi8-u", "cp866", "cp855", "mac-cyrillic", "iso8859-5"),
    *("cp1255", "cp862", "iso8859-8-visual", "cp862-visual", "cp1256", "iso8859-6"),
    *("cp1252", "iso8859-15", "mac-roman", "cp850", "cp1250", "iso8859-2", "cp1253", "cp1254", "cp1257"),
]
ORDERS = [("", _("not known: leave unclear dates empty")), ("dmy", _("day first")), ("mdy", _("month first"))]
# A birthday may stay empty; the day of a receipt, or the last one of a coupon, may not.
ORDERS_NEEDED = [("", _("not known: reject unclear dates")), *ORDERS[1:]]
SEPARATORS = [("", _("not known: reject unclear amounts")), (",", _("comma: 12,50")), (".", _("point: 12.50"))]


def home_country() -> str:
    """The company's country, or "" before the company was set up."""
    company = Company.objects.first()
    return company.country if company else ""


_OF_POINTS = {"points_mode", "is_rounding"}
_OF_PEOPLE = ("region", "program", "points_mode", "is_rounding")
_CONSENTS = ("consent_place", "consent_by", "consent_channels", "consent_wording")
# Fields of the second step that only some kinds of files have.
_OF_THINGS = ("partner", "series", "without_member", "products")
_OWN = {*_OF_PEOPLE, *_CONSENTS, *_OF_THINGS}


def _only_series() -> int | None:
    """The kind of coupon that need not be chosen."""
    usable = list(CouponSeries.objects.filter(is_active=True).values_list("pk", flat=True)[:2])
    return usable[0] if len(usable) == 1 else None


class RegionField(forms.CharField):
    """Two letters of a country whose phones we can read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Country of the phones"),
            help_text=_("Two letters, such as RU or IL: for numbers written without a country code."),
            min_length=2,
            max_length=2,
            widget=UnfoldAdminTextInputWidget(attrs={"size": 2, "autocapitalize": "characters"}),
            **options,
        )

    @override
    def clean(self, value: Any) -> str:
        region = str(super().clean(value)).upper()
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise forms.ValidationError(_("There is no such country. Write two letters, such as RU or IL."))
        return region


class UploadForm(forms.Form):
    """Step one."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("XLSX, CSV, TSV or text, as your till or spreadsheet exports it. Any encoding, any separator."),
        widget=UnfoldAdminFileFieldWidget,
        allow_empty_file=True,
    )
    region = RegionField()

    def __init__(self, *args: Any, words: KindWords, **options: Any) -> None:
        super().__init__(*args, **options)
        if not words.has_region:
            del self.fields["region"]


class MeaningForm(forms.Form):
    """Step two: one choice per column, and what the file itself could not decide."""

    encoding = forms.ChoiceField(
        label=_("Encoding"),
        help_text=_("Change it when the letters above look wrong; the file is then read again."),
        choices=[(name, name) for name in ENCODINGS],
        widget=UnfoldAdminSelectWidget,
    )
    region = RegionField()
    program = forms.ModelChoiceField(
        Program.objects.exclude(state=ProgramState.CLOSED),
        label=_("Programme of the points"),
        required=False,
        empty_label=_("the only one there is"),
        widget=UnfoldAdminSelectWidget,
    )
    partner = forms.ModelChoiceField(
        Partner.objects.order_by("name"),
        label=_("Whose stores these are"),
        help_text=_("For rows that name no partner themselves."),
        required=False,
        empty_label=_("as the file says, or the only partner there is"),
        widget=UnfoldAdminSelectWidget,
    )
    series = forms.ModelChoiceField(
        CouponSeries.objects.filter(is_active=True).select_related("program").order_by("name"),
        label=_("Kind of coupon these codes belong to"),
        help_text=_("It says what they bring, how often each can be used and, without a last day here, how long."),
        widget=UnfoldAdminSelectWidget,
    )
    points_mode = forms.ChoiceField(
        label=_("Points of people who are known already"),
        help_text=_("New people always get the file's points as their opening balance, unless the column is ignored."),
        choices=PointsMode.choices,
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )
    is_rounding = forms.BooleanField(
        label=_("Round finer points down"),
        help_text=_("Otherwise a row whose points have more decimals than the programme counts is rejected."),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    without_member = forms.ChoiceField(
        label=_("Receipts of nobody we know"),
        help_text=_("Kept, they count for the sales of articles and for nobody's purchases."),
        choices=[("", _("reject them")), ("keep", _("keep them without a member"))],
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )
    products = forms.ChoiceField(
        label=_("Articles we do not know"),
        choices=[("", _("reject their receipts")), ("create", _("make them, by the name in the file"))],
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )
    consent_place = forms.CharField(
        label=_("Where these consents were collected"),
        help_text=_("Such as “Form at the till of the shop in Haifa” or “Sign-up page of our site”."),
        max_length=150,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    consent_by = forms.CharField(
        label=_("Who collected them"),
        help_text=_("Your company, or who handed you the list."),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    consent_channels = forms.MultipleChoiceField(
        label=_("By which way a yes lets offers come"),
        help_text=_("Only what people really agreed to. Without a way the yes says nothing."),
        choices=[(value, label) for value, label in Channel.choices if value],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    consent_wording = forms.ModelChoiceField(
        ConsentWording.objects.filter(purpose=Purpose.MARKETING).order_by("-id"),
        label=_("The words they agreed to"),
        help_text=_("If they are among yours; otherwise name a column that has them."),
        required=False,
        empty_label=_("others, or not known"),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, batch: ImportBatch, **options: Any) -> None:
        self.batch = batch
        self.words, self.about = words_of(batch.kind), VOCABULARIES[batch.kind]
        self.plan = Plan.from_json(batch.reading["plan"])
        super().__init__(*args, **options)
        for name in _OWN - {*self.words.own, *(_CONSENTS if batch.kind == ImportKind.CUSTOMERS else ())}:
            del self.fields[name]
        orders = ORDERS if batch.kind == ImportKind.CUSTOMERS else ORDERS_NEEDED
        meanings = [("", _("— ignore —")), *self.words.fields.items()]
        likely = {column: meaning for column, meaning, *_ in self.plan.candidates[:1]} if batch.file_error else {}
        for column, (header, guessed) in enumerate(zip(self.plan.headers, self.plan.fields, strict=True)):
            meaning = guessed or likely.get(column, "")
            self._choice(f"column_{column}", header, meanings, meaning)
            if meaning in self.about.dates:
                self._choice(f"order_{column}", header, orders, self.plan.orders.get(column, ""))
            if meaning in self.about.amounts:
                self._choice(f"separator_{column}", header, SEPARATORS, self.plan.separators.get(column, ""))
        if self.plan.sheet:
            # A workbook says its encoding itself; which of its sheets is meant it cannot say.
            del self.fields["encoding"]
            self._choice("sheet", _("Sheet"), [(name, name) for name in self.plan.sheets], self.plan.sheet)
        self.initial = {
            "encoding": batch.encoding,
            "region": batch.default_region,
            "program": batch.program_id,
            "points_mode": batch.points_mode,
            "is_rounding": self.plan.is_rounding,
            "series": _only_series(),
            **batch.terms,
            **(self._consent_start() if batch.kind == ImportKind.CUSTOMERS else {}),
        }
        self._propose()

    def _propose(self) -> None:
        """Say what the first rows show, and fill it in as long as nobody has decided otherwise."""
        batch, shown = self.batch, propose(self.batch)
        is_open = batch.state == ImportState.UPLOADED
        if shown.country and "region" in self.fields:
            words = {**shown.country._asdict(), "proposed": shown.country.region, "region": batch.default_region}
            sentence = now_(
                "With %(proposed)s, %(readable)s of the first %(looked)s phones can be real numbers; with %(region)s "
                "only %(readable_now)s."
            )
            self.fields["region"].note = sentence % words  # type: ignore[attr-defined]
            if is_open and batch.default_region == home_country():
                self.initial["region"] = shown.country.region
        if shown.fine_points and batch.program and "is_rounding" in self.fields:
            sentence = now_(
                "The file has finer points than “%(program)s” counts, such as %(points)s. Unless they are rounded, their "
                "rows are rejected."
            )
            words = {"program": batch.program, "points": shown.fine_points}
            self.fields["is_rounding"].note = sentence % words  # type: ignore[attr-defined]
            self.fields["is_rounding"].help_text = ""
            self.initial["is_rounding"] = self.initial["is_rounding"] or is_open

    def _consent_start(self) -> dict[str, Any]:
        """What was declared before; at first, the way that the heading itself names."""
        named = [
            header for header, meaning in zip(self.plan.headers, self.plan.fields, strict=True) if meaning == "consent"
        ]
        ways = [consent_way(header).removeprefix("consent_") for header in named]
        said = self.batch.consent_source
        return {
            "consent_place": said.get("place", ""),
            "consent_by": said.get("by", ""),
            "consent_channels": said.get("channels", [way for way in ways if way in WAYS]),
            "consent_wording": said.get("wording"),
        }

    def candidates(self) -> list[dict[str, Any]]:
        """For a file without a column of keys: {header, meaning, percent, example} of those that may be one."""
        if not self.batch.file_error:
            return []
        return [
            {
                "header": self.plan.headers[column],
                "meaning": self.words.fields[meaning],
                "percent": round(share * 100),
                "example": example,
            }
            for column, meaning, share, example in self.plan.candidates
        ]

    def _is_about(self, fields: Collection[str]) -> bool:
        """Is a column about one of these, by the guess or by what was just chosen?"""
        chosen = [self.data.get(f"column_{column}", "") for column in range(len(self.plan.headers))]
        return bool({*self.plan.fields, *chosen} & set(fields))

    @property
    def has_consents(self) -> bool:
        """Must the wizard ask where consents come from?"""
        return self._is_about(CONSENT_FIELDS)

    def _choice(self, name: str, label: Any, choices: list[tuple[str, Any]], initial: str) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label, choices=choices, required=False, initial=initial, widget=UnfoldAdminSelectWidget
        )

    def own_fields(self) -> list[Any]:
        """What this kind of file wants to know for the whole of it; of points, where there are any."""
        left_out = set() if self._is_about(["points"]) else _OF_POINTS
        return [self[name] for name in self.words.own if name not in left_out]

    def columns(self) -> list[dict[str, Any]]:
        """Per column of the file: heading, the choice of its meaning, and the choice of its way of writing, if any."""
        return [
            {
                "header": header,
                "meaning": self[f"column_{column}"],
                "way": next(
                    (self[name] for name in (f"order_{column}", f"separator_{column}") if name in self.fields), None
                ),
            }
            for column, header in enumerate(self.plan.headers)
        ]

    @override
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        chosen = [data.get(f"column_{column}", "") for column in range(len(self.plan.headers))]
        named = [meaning for meaning in chosen if meaning]
        if self.about.missing(named):
            raise forms.ValidationError(self.words.key)
        twice = next((meaning for meaning in named if named.count(meaning) > 1), None)
        if twice:
            raise forms.ValidationError(
                now_("Two columns cannot both be: %(field)s.") % {"field": self.words.fields[twice]}
            )
        return data

    def other_reading(self) -> dict[str, str]:
        """{"encoding": ...} or {"sheet": ...} when a person chose another than the file was read with, else {}."""
        data = self.cleaned_data
        if self.plan.sheet:
            sheet = data.get("sheet") or self.plan.sheet
            return {"sheet": sheet} if sheet != self.plan.sheet else {}
        return {"encoding": data["encoding"]} if data["encoding"] != self.batch.encoding else {}

    def meaning(self) -> Meaning:
        """What the service wants to know."""
        data = self.cleaned_data
        columns = range(len(self.plan.headers))
        return Meaning(
            fields=tuple(data[f"column_{column}"] for column in columns),
            default_region=data.get("region", ""),
            points_mode=data.get("points_mode", ""),
            program=data.get("program"),
            terms={name: getattr(data[name], "pk", data[name]) for name in _OF_THINGS if data.get(name)},
            orders={column: data[f"order_{column}"] for column in columns if f"order_{column}" in data},
            separators={column: data[f"separator_{column}"] for column in columns if f"separator_{column}" in data},
            is_rounding=data.get("is_rounding", False),
            consents=self._consents(data) if "consent_wording" in data else None,
        )

    def _consents(self, data: dict[str, Any]) -> dict[str, Any]:
        wording = data["consent_wording"]
        return {
            "place": data["consent_place"].strip(),
            "by": data["consent_by"].strip(),
            "channels": data["consent_channels"],
            "wording": wording.pk if wording else None,
        }
