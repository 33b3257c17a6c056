"""The words of a survey in one language: what the company wrote, and the standard ones for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext

from feedback.models import QuestionText, SurveyText

SCORE = "score"
REASON = "reason"


@dataclass(frozen=True, slots=True)
class SurveyWords:
    """All words of an NPS survey. Empty ones are taken from the standard, `changes` has none."""

    question: str = ""
    low: str = ""
    high: str = ""
    follow_up: str = ""
    thanks: str = ""
    changes: str = ""


def standard_words(language: str, company: str) -> SurveyWords:
    """The usual question, which lets results be compared with other companies'."""
    with translation.override(language):
        return SurveyWords(
            question=gettext("How likely are you to recommend %(company)s to a friend or colleague?")
            % {"company": company},
            low=gettext("Not at all likely"),
            high=gettext("Extremely likely"),
            follow_up=gettext("What is the main reason for your score? What should we do better?"),
            thanks=gettext("Your answer goes straight to the people who run %(company)s.") % {"company": company},
        )


def own_words(survey_id: int) -> dict[str, SurveyWords]:
    """{language: what the company wrote}, as the survey's form shows it."""
    texts = SurveyText.objects.filter(survey=survey_id)
    found: dict[str, dict[str, str]] = {
        text.language: {"thanks": text.thanks, "changes": text.changes} for text in texts
    }
    for asked in QuestionText.objects.filter(question__survey=survey_id).select_related("question"):
        words = found.setdefault(asked.language, {})
        if asked.question.key == SCORE:
            words |= {"question": asked.text, "low": asked.low, "high": asked.high}
        elif asked.question.key == REASON:
            words["follow_up"] = asked.text
    return {language: SurveyWords(**words) for language, words in found.items()}


def words_of(survey_id: int, language: str, company: str) -> SurveyWords:
    """What the page says in `language`. A language for which nothing was written gets the standard words."""
    return completed(own_words(survey_id), language, company)


def completed(own: Mapping[str, SurveyWords], language: str, company: str) -> SurveyWords:
    """The written words of one language, each empty one replaced by the standard one."""
    written, standard = own.get(language, SurveyWords()), standard_words(language, company)
    return SurveyWords(
        question=written.question or standard.question,
        low=written.low or standard.low,
        high=written.high or standard.high,
        follow_up=written.follow_up or standard.follow_up,
        thanks=written.thanks or standard.thanks,
        changes=written.changes,
    )
