"""The tables of campaigns."""

from campaigns.models.audiences import Audience
from campaigns.models.campaigns import (
    HOLDOUT_PERCENT_MAX,
    Block,
    Campaign,
    CampaignState,
    PauseReason,
    Recipient,
    Run,
    RunState,
    Standing,
)
from campaigns.models.templates import Template, TemplateText

__all__ = [
    "HOLDOUT_PERCENT_MAX",
    "Audience",
    "Block",
    "Campaign",
    "CampaignState",
    "PauseReason",
    "Recipient",
    "Run",
    "RunState",
    "Standing",
    "Template",
    "TemplateText",
]
