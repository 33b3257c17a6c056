"""The tables of feedback."""

from feedback.models.answers import Answer, Invitation, MachineReason, Response
from feedback.models.surveys import Question, QuestionKind, QuestionText, Survey, SurveyKind, SurveyState, SurveyText

__all__ = [
    "Answer",
    "Invitation",
    "MachineReason",
    "Question",
    "QuestionKind",
    "QuestionText",
    "Response",
    "Survey",
    "SurveyKind",
    "SurveyState",
    "SurveyText",
]
