from __future__ import annotations

import pytest

from tests.programs.shop import Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()
