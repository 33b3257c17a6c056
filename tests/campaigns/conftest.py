"""A campaign's rig."""

from __future__ import annotations

import pytest

from tests.campaigns.mailing import CampaignRig
from tests.members.conftest import mailing, sink

__all__ = ["mailing", "sink"]


@pytest.fixture
def rig(mailing, settings) -> CampaignRig:
    settings.MESSAGE_RENDERERS = {"campaign": "campaigns.services.rendering.render_messages"}
    return CampaignRig(mailing)
