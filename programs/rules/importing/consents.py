"""What a row says of consents: a clear yes, a no or an opt-out, and the evidence beside it. Anything else says nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from programs.rules.importing.days import DayWay, read_day
from programs.rules.importing.headings import CONSENT_FIELDS, REFUSALS, heading_form

EVIDENCE_MAX = 200
_ANSWER_CHARS_MAX = 100
WAYS = ("email", "sms", "phone")
PURPOSE_OF = {"consent_processing": ("processing", "")}
_TICKS = {"+": "yes", "✓": "yes", "✔": "yes", "☑": "yes", "✅": "yes", "-": "no", "–": "no", "☐": "no", "❌": "no"}
_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "1", "agreed", "agree", "subscribed", "opted in", "opt in"), "yes"),
    **dict.fromkeys(
        ("да", "д", "истина", "согласен", "согласна", "подписан", "подписана", "כן", "מסכים", "מסכימה"), "yes"
    ),
    **dict.fromkeys(("no", "n", "false", "0", "not agreed", "нет", "н", "ложь", "לא"), "no"),
    **dict.fromkeys(("off", "no consent", "not subscribed", "нет согласия", "без согласия", "אין הסכמה"), "no"),
    **dict.fromkeys(("не согласен", "не согласна", "не подписан", "не подписана", "לא מסכים", "לא מסכימה"), "no"),
    **dict.fromkeys(("unsubscribed", "opted out", "opt out", "optout", "stop", "refused", "withdrawn"), "out"),
    **dict.fromkeys(
        ("отписан", "отписана", "отписался", "отписалась", "отказ", "отказался", "отказалась", "отозвано"), "out"
    ),
    **dict.fromkeys(("הוסר", "הוסרה", "סירב", "סירבה", "ביטל", "ביטלה", "הסרה"), "out"),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """`answers` {consent field: yes, no or out}; `on` the day of it (ISO) and `how` the way, "" when not told for certain."""

    answers: dict[str, str] = field(default_factory=dict)
    on: str = ""
    how: str = ""
    wording: str = ""

    @property
    def has_evidence(self) -> bool:
        """Does the row say when and how?"""
        return bool(self.on and self.how)


def answer_of(cell: str) -> str:
    """yes, no, out, or "" for what is neither."""
    plain = cell.strip()
    answer = _TICKS.get(plain) or _WORDS.get(heading_form(plain[:_ANSWER_CHARS_MAX]), "")
    # Whoever writes "yes?" does not know.
    return "" if answer == "yes" and "?" in plain else answer


def read_said(by_field: Mapping[str, str], *, way: DayWay, today: dt.date) -> Answered | None:
    """None when the row answers nothing."""
    answers = {name: answer for name in CONSENT_FIELDS if name in by_field and (answer := answer_of(by_field[name]))}
    # Of somebody who did not refuse nobody knows that they agreed, so a no in such a column says nothing.
    refused = (name for refusal, name in REFUSALS.items() if answer_of(by_field.get(refusal, "")) in {"yes", "out"})
    answers |= dict.fromkeys(refused, "out")
    if not answers:
        return None
    day = read_day(by_field.get("consent_date", ""), way=way, today=today, birth=False)
    return Answered(
        answers,
        on=day.text if day.text and not day.problem else "",
        how=_line(by_field.get("consent_source", "")),
        wording=_line(by_field.get("consent_wording", "")),
    )


def _line(cell: str) -> str:
    return " ".join(cell.split())[:EVIDENCE_MAX].rstrip()


def spread(said: Answered, channels: Collection[str], *, is_declared: bool) -> list[tuple[str, str, str, str]]:
    """[(purpose, channel, answer, why a yes cannot count or "")] of a row. `channels` are those that a column of no
    channel of its own was declared to be about; its no is about every channel."""
    found: list[tuple[str, str, str, str]] = []
    for name, answer in said.answers.items():
        places: Sequence[tuple[str, str]] = [PURPOSE_OF.get(name, ("marketing", name.removeprefix("consent_")))]
        if name == "consent":
            places = [("marketing", one) for one in WAYS if one in channels or answer != "yes"]
        why = "" if answer != "yes" else "no_evidence" if not said.has_evidence else "" if is_declared else "no_source"
        found += [(purpose, channel, answer, why) for purpose, channel in places]
        if not places:
            found.append(("marketing", "", answer, why or "no_channel"))
    # Of two columns on one thing the stricter counts.
    noes = {(purpose, channel) for purpose, channel, answer, _why in found if answer != "yes"}
    kept = [one for one in found if one[2] != "yes" or one[:2] not in noes]
    return list({one[:2]: one for one in kept}.values())
