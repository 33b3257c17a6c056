"""The Feedback room: NPS and satisfaction, surveys, answers."""

from feedback.admin import answers, surveys

__all__ = ["answers", "surveys"]
