"""The refusals of campaigns: why something cannot be sent, or not now."""

from loyalty_site.ground.errors import Conflict, Refused


class AudienceInvalid(Refused):
    code = "audience_invalid"
    sentence = "The criteria of this audience cannot be read. Open the audience and mend its rows."


class CampaignWrongState(Conflict):
    code = "campaign_wrong_state"
    sentence = "This campaign has moved on in the meantime (it is %(state)s). Look again before you go on."


class CampaignStartPassed(Refused):
    code = "campaign_start_passed"
    sentence = "The start has passed. Take the campaign back to the draft and choose a later time, or none."


class SurveyNotOpen(Refused):
    code = "survey_not_open"
    sentence = "The survey takes no answers now. Open it, or take it out of the campaign."


class TemplateHasNoWords(Refused):
    code = "template_has_no_words"
    sentence = "The template %(template)s says nothing yet. Open it and write its text in at least one language."


class TemplateInvalid(Refused):
    code = "template_invalid"
    sentence = (
        "The template %(template)s cannot be sent as it is: there is a mistake in its %(language)s text. "
        "Open the template; the mistake is shown at its place."
    )


class TemplateNeedsSurvey(Refused):
    code = "template_needs_survey"
    sentence = (
        "The template %(template)s leads to a survey. Choose the survey in the campaign, "
        "or take its link out of the template."
    )


class MailNotRendered(Refused):
    code = "mail_not_rendered"
    sentence = "The mail cannot be written for this person (%(reason)s). Choose somebody else, or mend the template."


class SegmentAsked(Conflict):
    code = "segment_asked"
    sentence = (
        "Rules of %(programs)s ask for the segment %(segment)s, so it stays. A published version keeps its rules for ever; "
        "rename the segment if its name is wrong, or let another audience fill it."
    )


class SegmentWouldBeEmpty(Refused):
    code = "segment_would_be_empty"
    sentence = (
        "Nobody would be in the segment %(segment)s any more, and rules of %(programs)s ask for it. Choose rows that "
        "fit some people, or let another audience fill it."
    )
