"""The refusals of feedback."""

from loyalty_site.ground.errors import Conflict, Invalid, NotFound, Refused


class SurveyLinkUnknown(NotFound):
    code = "survey_link_unknown"
    sentence = "This link is not complete. Open it again from the message, or copy the whole address."


class SurveyLinkExpired(Refused):
    code = "survey_link_expired"
    sentence = "This link is too old to answer with. The next invitation brings a new one."


class SurveyClosed(Refused):
    code = "survey_closed"
    sentence = "This survey is over. Thank you for coming."


class AnswerFinal(Refused):
    code = "answer_final"
    sentence = "Your answer is saved and cannot be changed any more."


class ScoreMissing(Invalid):
    code = "score_missing"
    sentence = "Choose a number from 0 to 10."


class SurveyWrongState(Conflict):
    code = "survey_wrong_state"
    sentence = "This survey is %(state)s now. Look at it again."
