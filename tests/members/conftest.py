"""A mailing on its way to a relay that counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from members.services.delivery.sending import close_senders
from tests.members.mailing import Mailing, open_mailing
from tests.smtp_sink import CountingSink


@pytest.fixture
def sink() -> Iterator[CountingSink]:
    with CountingSink() as running:
        yield running
        close_senders()


@pytest.fixture
def mailing(sink, settings, db) -> Mailing:
    return open_mailing(sink, settings)
