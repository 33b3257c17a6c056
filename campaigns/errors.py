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
