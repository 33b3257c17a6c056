"""Acts of feedback: one public function, one business operation, one transaction."""

from feedback.services.answers import SavedAnswer, submit_answer
from feedback.services.invitations import invite
from feedback.services.surveys import close_survey, create_survey, open_survey, write_words

__all__ = [
    "SavedAnswer",
    "close_survey",
    "create_survey",
    "invite",
    "open_survey",
    "submit_answer",
    "write_words",
]
